/* Egress by pasta or slirp4netns. The program runs as a child in our pid namespace, so it cannot outlive
 * the supervisor, with a copy of the host's mounts, and in no user namespace but the build's. */
#include "egress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"
#include "loop.h"
#include "mounts.h"
#include "network.h"

/* Where steps find their name server: the program forwards it to the host's first one. */
#define FORWARDER NETWORK_NAME_SERVER

#define DEVICE "eth0"

enum { READY_FD = 3, START_TIMEOUT_MS = 10000 };

/* pasta: no port of the host or of the build is forwarded anywhere, and the gateway's address is not
 * turned into the host. The build's interface gets the host's address, so that services on that address
 * cannot be met either. */
static const char *const pasta_options[] = {
    "--quiet",     "--config-net",  "--netns-only",  "--no-netns-quit", "--no-map-gw",
    "--no-dhcp",   "--no-dhcpv6",   "--no-ra",       "--dns-forward",   FORWARDER,
    "--tcp-ports", "none",          "--udp-ports",   "none",            "--tcp-ns",
    "none",        "--udp-ns",      "none",          "--ns-ifname",     DEVICE,
};

static const char *const slirp_options[] = {
    "--configure", "--mtu=65520", "--disable-host-loopback", "--netns-type=path", "--ready-fd=3",
};

/* Where the program finds the network: it may not look into our descriptors once it has dropped its
 * capabilities, so the namespace gets a name, in the program's own copy of the mounts. */
static int name_network(int network, char *path, size_t size) {
  static const char *const places[] = {"/mnt", "/media", "/srv", "/opt", "/run", "/tmp"};
  static const char *const options[] = {"mode", "0755", "size", "4k", NULL};
  struct failure why;
  cleanup_fd int mount = make_filesystem("tmpfs", options, MOUNT_ATTR_NOSUID, &why);
  cleanup_fd int place = -1;
  const char *name = NULL;
  for (size_t i = 0; i < COUNT_OF(places) && place < 0; i++) {
    name = places[i];
    place = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  }
  if (mount < 0 || place < 0 || attach(mount, place) < 0) {
    return -1;
  }
  cleanup_fd int file = openat(mount, "network", O_CREAT | O_RDONLY | O_CLOEXEC, 0444);
  char source[32];
  snprintf(source, sizeof source, "/proc/self/fd/%d", network);
  snprintf(path, size, "%s/network", name);
  cleanup_fd int namespace = kernel_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return file < 0 || namespace < 0 ? -1
                                   : kernel_move_mount(namespace, "", mount, "network",
                                                       MOVE_MOUNT_F_EMPTY_PATH);
}

static _Noreturn void run_program(const struct supervisor *supervisor, int words, int ready) {
  const char *arguments[32];
  char network[64];
  unsigned n = 0;
  bool is_pasta = supervisor->options->egress == EGRESS_PASTA;
  const char *const *options = is_pasta ? pasta_options : slirp_options;
  size_t count = is_pasta ? COUNT_OF(pasta_options) : COUNT_OF(slirp_options);
  arguments[n++] = supervisor->options->egress_program;
  for (size_t i = 0; i < count; i++) {
    arguments[n++] = options[i];
  }
  if (is_pasta) {
    arguments[n++] = "--netns";
  }
  arguments[n++] = network;
  if (!is_pasta) {
    arguments[n++] = DEVICE;
  }
  arguments[n] = NULL;
  if (dup2(words, STDERR_FILENO) < 0 || (!is_pasta && dup2(ready, READY_FD) < 0)) {
    _exit(1);
  }
  /* Its own mounts: ours are about to go. */
  if (kernel_unshare(CLONE_NEWNS) < 0 ||
      name_network(supervisor->network, network, sizeof network) < 0) {
    dprintf(STDERR_FILENO, "cannot name the network: %s", strerror(errno));
    _exit(1);
  }
  static char *const environment[] = {NULL};
  execve(supervisor->options->egress_program, (char *const *)(uintptr_t)arguments, environment);
  dprintf(STDERR_FILENO, "%s", strerror(errno));
  _exit(127);
}

/* What the program wrote, as one line; waits for no more than what is there. */
static void read_words(int words, char *text, size_t size) {
  ssize_t n = RETRY(read(words, text, size - 1));
  text[n < 0 ? 0 : n] = 0;
  for (char *at = text; *at != 0; at++) {
    *at = *at == '\n' ? ' ' : *at;
  }
}

/* Whether there is something to read within the time, be it the end. */
static bool has_news(int fd) {
  struct pollfd watched = {.fd = fd, .events = POLLIN};
  return fd >= 0 && RETRY(poll(&watched, 1, START_TIMEOUT_MS)) == 1;
}

/* What happened in the time: pasta is ready when its first process ends well and leaves another, which
 * ends with our pid namespace; slirp4netns writes a byte, and stays. */
static bool is_ready_in_time(struct supervisor *supervisor, bool *is_late) {
  struct egress_run *egress = &supervisor->egress;
  if (supervisor->options->egress == EGRESS_PASTA) {
    cleanup_fd int process = egress->pid == 0 ? -1 : kernel_pidfd_open(egress->pid);
    int status = egress->status;
    /* One that cannot be watched is not waited for: that might never end. */
    *is_late = egress->pid != 0 && !has_news(process);
    if (!*is_late && egress->pid != 0 && RETRY(waitpid(egress->pid, &status, 0)) < 0) {
      return false;
    }
    egress->pid = *is_late ? egress->pid : 0;
    return !*is_late && status == 0;
  }
  char byte;
  *is_late = !has_news(egress->ready);
  return !*is_late && RETRY(read(egress->ready, &byte, 1)) == 1;
}

static bool read_process(pid_t pid, const char *name, char *text, size_t size) {
  char path[40];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = file < 0 ? -1 : RETRY(read(file, text, size - 1));
  text[n < 0 ? 0 : n] = 0;
  return n > 0;
}

/* Whether it is our child and was called by the program's path: pasta's second process, once the first has
 * ended. It may show another name, that of the variant for this processor. */
static bool is_program(const struct supervisor *supervisor, pid_t pid) {
  char words[512], stat[512];
  if (!read_process(pid, "cmdline", words, sizeof words) ||
      strcmp(words, supervisor->options->egress_program) != 0 ||
      !read_process(pid, "stat", stat, sizeof stat)) {
    return false;
  }
  const char *name_end = strrchr(stat, ')');
  return name_end != NULL && strlen(name_end) > 6 && strncmp(name_end + 3, " 1 ", 3) == 0;
}

static pid_t find_program(const struct supervisor *supervisor) {
  cleanup_dir DIR *processes = opendir("/proc");
  struct dirent *entry;
  while (processes != NULL && (entry = readdir(processes)) != NULL) {
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    if (pid > 1 && is_program(supervisor, pid)) {
      return pid;
    }
  }
  return 0;
}

static int wait_until_ready(struct supervisor *supervisor, struct failure *why) {
  struct egress_run *egress = &supervisor->egress;
  const char *program = supervisor->options->egress_program;
  bool is_late = false;
  if (is_ready_in_time(supervisor, &is_late)) {
    egress->last = egress->pid != 0 ? egress->pid : find_program(supervisor);
    egress->is_unguarded = network_guard(supervisor->network, DEVICE, why) < 0;
    return egress->is_unguarded ? -1 : 0;
  }
  if (is_late) {
    if (egress->pid != 0) {
      kill(egress->pid, SIGKILL); /* reaped as any child */
    }
    return fail_with(why, ETIMEDOUT, "egress-start", program, "not ready within %d s",
                     START_TIMEOUT_MS / 1000);
  }
  char text[sizeof why->text];
  read_words(egress->words, text, sizeof text);
  return fail_with(why, EIO, "egress-start", program, "%s", text);
}

int egress_start(struct supervisor *supervisor, struct failure *why) {
  int words[2], ready[2], started[2];
  if (supervisor->options->egress == EGRESS_NONE) {
    return 0;
  }
  supervisor->network = network_make(DEVICE, why);
  if (supervisor->network < 0) {
    return -1;
  }
  if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0) {
    return fail(why, "egress-pipe", "words");
  }
  supervisor->egress.words = words[0];
  cleanup_fd int words_writer = words[1];
  if (pipe2(ready, O_CLOEXEC) < 0) {
    return fail(why, "egress-pipe", "ready");
  }
  supervisor->egress.ready = ready[0];
  cleanup_fd int ready_writer = ready[1];
  if (pipe2(started, O_CLOEXEC) < 0) {
    return fail(why, "egress-pipe", "started");
  }
  cleanup_fd int started_reader = started[0];
  cleanup_fd int started_writer = started[1];
  supervisor->egress.pid = fork();
  if (supervisor->egress.pid < 0) {
    return fail(why, "egress-fork", supervisor->options->egress_program);
  }
  if (supervisor->egress.pid == 0) {
    run_program(supervisor, words_writer, ready_writer);
  }
  supervisor->egress.state = EGRESS_STARTING;
  close_and_forget(&started_writer);
  char byte;
  RETRY(read(started_reader, &byte, 1)); /* the end, by the exec: it has taken its mounts with it */
  return 0;
}

int egress_await(struct supervisor *supervisor, struct failure *why) {
  struct egress_run *egress = &supervisor->egress;
  if (egress->state == EGRESS_STARTING) {
    egress->state = wait_until_ready(supervisor, &egress->why) < 0 ? EGRESS_FAILED : EGRESS_READY;
    close_and_forget(&egress->words);
    close_and_forget(&egress->ready);
  }
  if (egress->state == EGRESS_FAILED && (!egress->is_told || egress->is_unguarded)) {
    *why = egress->why;
    return -1;
  }
  return 0;
}

bool egress_reaped(struct supervisor *supervisor, pid_t pid, int status) {
  struct egress_run *egress = &supervisor->egress;
  if (pid == egress->last) {
    egress->last = 0;
    egress->state = EGRESS_FAILED;
    egress->is_told = false;
    fail_with(&egress->why, EPIPE, "egress", supervisor->options->egress_program,
              "it has ended (wait status %d): nothing outside of the build is reached any more",
              status);
  } else if (pid != egress->pid) {
    return false;
  }
  egress->pid = pid == egress->pid ? 0 : egress->pid;
  egress->status = status;
  return true;
}

/* Not needed when the supervisor ends: the kernel kills what is left in its pid namespace. It is done all
 * the same, so that the network is gone before the end is reported. */
void egress_stop(struct supervisor *supervisor) {
  if (supervisor->options->egress == EGRESS_NONE) {
    return;
  }
  kill(-1, SIGKILL); /* ESRCH: nothing is left */
  while (RETRY(waitpid(-1, NULL, 0)) > 0) {
  }
}
