/* The keeper, and what it starts: in a root of their own with the host's libraries, the emulator and the
 * file server, in a user namespace below the build's. The emulator has no capability and does not see what
 * the guest is shown; the file server has those over files. Whichever ends first, the keeper ends, and
 * with it the pid namespace. */
#include "machine_start.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "idmap.h"
#include "kernel.h"
#include "libraries.h"
#include "mounts.h"
#include "network.h"
#include "privileges.h"
#include "processes.h"
#include "protocol.h"
#include "title.h"

#define SOCKET "/run/files"

enum {
  NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS,
  INHERITED_FD = 3,
  ARGUMENTS_MAX = 64,
  /* What the file server needs to be any user: chown, dac_override, fowner, fsetid, setgid, setuid,
   * sys_chroot, mknod, setfcap; and setpcap to give up what it does not need. */
  FILE_CAPABILITIES = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 18 | 1 << 27,
};
#define CAPABILITY_SETFCAP (1ULL << 31)

/* The keeper's exit code: who ended. */
enum keeper_end { KEEPER_FAILED = 0, EMULATOR_ENDED = 1, FILE_SERVER_ENDED = 2 };

static const char *const nodes[] = {"null", "zero", "full", "random", "urandom"};
static const char *const directories[] = {"usr", "proc", "dev", "run", "share", "machine", "etc", "tmp"};

static int put(int root, int mount, const char *path, struct failure *why) {
  cleanup_fd int target = beneath_open(root, path, O_PATH, 0);
  return target < 0 || attach(mount, target) < 0 ? fail(why, "machine-view", path) : 0;
}

static int put_file(int root, int mount, const char *path, struct failure *why) {
  cleanup_fd int place = beneath_open(root, path, O_CREAT | O_WRONLY, 0444);
  return place < 0 ? fail(why, "machine-view", path) : put(root, mount, path, why);
}

static int put_nodes(int root, bool is_accelerated, struct failure *why) {
  for (size_t i = 0; i < COUNT_OF(nodes) + is_accelerated; i++) {
    char source[32];
    snprintf(source, sizeof source, "/dev/%s", i < COUNT_OF(nodes) ? nodes[i] : "kvm");
    cleanup_fd int node = kernel_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    cleanup_fd int file = beneath_open(root, source + 1, O_CREAT | O_WRONLY, 0666);
    if (node < 0 || file < 0) {
      return fail(why, "machine-view", source);
    }
    if (put(root, node, source + 1, why) < 0) {
      return -1;
    }
  }
  return 0;
}

/* Where the emulator's network finds the name server: where steps in containers find it. */
static int put_resolver(int root, struct failure *why) {
  cleanup_fd int file = beneath_open(root, "etc/resolv.conf", O_CREAT | O_WRONLY, 0444);
  static const char text[] = "nameserver " NETWORK_NAME_SERVER "\n";
  return file < 0 || RETRY(write(file, text, sizeof text - 1)) < 0
             ? fail(why, "machine-view", "etc/resolv.conf")
             : 0;
}

static int make_view(const struct machine_plan *plan, struct failure *why) {
  static const char *const options[] = {"mode", "0755", "size", "64k", NULL};
  unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  cleanup_fd int root = make_filesystem("tmpfs", options, MOUNT_ATTR_NOSUID, why);
  cleanup_fd int old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) {
    return -1;
  }
  if (old_root < 0 || attach(root, old_root) < 0) {
    return fail(why, "machine-view", "root");
  }
  for (size_t i = 0; i < COUNT_OF(directories); i++) {
    if (mkdirat(root, directories[i], 0755) < 0) {
      return fail(why, "machine-view", directories[i]);
    }
  }
  cleanup_fd int proc = make_filesystem("proc", (const char *const[]){NULL}, attributes, why);
  if (proc < 0 || put(root, proc, "proc", why) < 0 ||
      libraries_put(root, why) < 0 ||
      put_nodes(root, plan->is_accelerated, why) < 0 || put_resolver(root, why) < 0 ||
      put_file(root, plan->kernel, "machine/kernel", why) < 0 ||
      put_file(root, plan->initial, "machine/initial", why) < 0 ||
      put(root, plan->share, "share", why) < 0) {
    return -1;
  }
  return switch_root(root, why);
}

/* The supervisor comes here later, to show the guest more. */
static int send_mounts(const struct machine_plan *plan, struct failure *why) {
  struct order order = {0};
  cleanup_fd int mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  return mounts < 0 || send_order(plan->control, &order, NULL, &mounts, 1) < 0
             ? fail(why, "machine-view", "mount namespace")
             : 0;
}

static int listen_for_emulator(struct failure *why) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
  cleanup_fd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
                 listen(listener, 1) < 0
             ? fail(why, "machine-start", SOCKET)
             : steal_fd(&listener);
}

struct program {
  const char *name;
  const char **arguments;
  uint64_t capabilities;
  uint32_t zero; /* the id of the build's namespace that becomes 0 of its own */
  int inherited; /* becomes descriptor 3 */
  int words;
};

static bool become_root(void) {
  /* With one id the kernel forbids setgroups. */
  return (syscall(SYS_setgroups, 0, NULL) == 0 || errno == EPERM) &&
         syscall(SYS_setresgid, 0, 0, 0) == 0 && syscall(SYS_setresuid, 0, 0, 0) == 0;
}

/* In the user namespace below the build's, when its maps are written. */
static _Noreturn void become(const struct program *program, int sync) {
  static char *const environment[] = {NULL};
  struct failure why;
  char byte;
  if (RETRY(recv(sync, &byte, 1, 0)) == 1 && become_root() && dup2(program->words, STDOUT_FILENO) >= 0 &&
      dup2(program->words, STDERR_FILENO) >= 0 && dup2(program->inherited, INHERITED_FD) >= 0 &&
      kernel_close_range(INHERITED_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      privileges_bound(program->capabilities, &why) == 0) {
    execve(program->name, (char *const *)(uintptr_t)program->arguments, environment);
  }
  dprintf(program->words, "cannot execute %s: %s\n", program->name, strerror(errno));
  _exit(127);
}

static pid_t start_program(const struct machine_plan *plan, const struct program *program) {
  const struct options *options = plan->supervisor->options;
  char uids[ID_MAP_TEXT], gids[ID_MAP_TEXT], path[32];
  struct failure why;
  int sync[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync) < 0) {
    return -1;
  }
  struct id_lines users = idmap_of_steps(&options->uids, program->zero);
  struct id_lines groups = idmap_of_steps(&options->gids, program->zero);
  idmap_text(&users, uids, sizeof uids);
  idmap_text(&groups, gids, sizeof gids);
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* else its maps belong to the real root */
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  pid_t pid = kernel_clone3(&arguments);
  if (pid == 0) {
    become(program, sync[1]);
  }
  cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  bool is_borrowed = plan->supervisor->places.proc_is_borrowed;
  pid_t number = pid < 0 ? -1 : processes_number(proc, is_borrowed, pid, &why);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  bool is_mapped = number > 0;
  if (is_mapped) {
    snprintf(path, sizeof path, "%d/uid_map", number);
    is_mapped = write_file_at(proc, path, uids, &why) == 0;
    snprintf(path, sizeof path, "%d/gid_map", number);
    is_mapped = is_mapped && write_file_at(proc, path, gids, &why) == 0 &&
                send(sync[0], "", 1, MSG_NOSIGNAL) == 1;
  }
  close(sync[0]);
  close(sync[1]);
  return is_mapped ? pid : -1;
}

/* With the ids of steps, which the guest calls as they do: it has no power over the user's files. */
static pid_t start_file_server(const struct machine_plan *plan, int listener) {
  const char *arguments[] = {plan->supervisor->options->file_server,
                             "--fd=3",
                             "-f",
                             "-o",
                             "source=/share,sandbox=chroot,cache=auto,xattr,log_level=err",
                             "--rlimit-nofile=0",
                             NULL};
  struct program program = {.name = arguments[0],
                            .arguments = arguments,
                            .capabilities = FILE_CAPABILITIES | CAPABILITY_SETFCAP,
                            .zero = plan->supervisor->options->step_zero,
                            .inherited = listener,
                            .words = plan->words};
  return start_program(plan, &program);
}

/* The guest's command line: for the kernel, then, behind "--", for our program in it. */
static int write_command_line(const struct machine_plan *plan, char *text, size_t size) {
  const struct options *options = plan->supervisor->options;
  int used = snprintf(text, size,
                      "console=ttyS0 quiet panic=-1 random.trust_cpu=on no_timer_check %s--",
                      plan->is_accelerated ? "" : "mitigations=off ");
  const struct id_lines users = idmap_of_steps(&options->uids, options->step_zero);
  const struct id_lines groups = idmap_of_steps(&options->gids, options->step_zero);
  const struct {
    const char *name;
    const struct id_lines *ids;
  } maps[] = {{"uid", &users}, {"gid", &groups}};
  for (size_t i = 0; i < COUNT_OF(maps); i++) {
    for (unsigned line = 0; line < maps[i].ids->count && used < (int)size; line++) {
      const struct id_line *ids = &maps[i].ids->lines[line];
      used += snprintf(text + used, size - (size_t)used, " --map-%s=%u:%u:%u", maps[i].name,
                       ids->inside, ids->inside, ids->count);
    }
  }
  return used < (int)size ? 0 : -1;
}

static pid_t start_emulator(const struct machine_plan *plan) {
  const struct machine_request *request = plan->request;
  const char *arguments[ARGUMENTS_MAX];
  char line[2048], processors[16], memory[32], object[96];
  unsigned n = 0;
  if (write_command_line(plan, line, sizeof line) < 0) {
    return -1;
  }
  unsigned long long megabytes = (unsigned long long)(request->memory >> 20);
  snprintf(processors, sizeof processors, "%u", request->processors);
  snprintf(memory, sizeof memory, "%lluM", megabytes);
  snprintf(object, sizeof object, "memory-backend-memfd,id=memory,share=on,size=%lluM", megabytes);
  const char *const options[] = {
      plan->supervisor->options->emulator,
      "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
      "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
      "-accel", plan->is_accelerated ? "kvm" : "tcg,thread=multi,tb-size=128",
      "-cpu", plan->is_accelerated ? "host" : "max",
      "-machine", "pc,memory-backend=memory",
      "-object", object,
      "-m", memory,
      "-smp", processors,
      "-kernel", "/machine/kernel",
      "-initrd", "/machine/initial",
      "-append", line,
      "-chardev", "stdio,id=console,signal=off",
      "-serial", "chardev:console",
      "-chardev", "socket,id=files,path=" SOCKET,
      "-device", "vhost-user-fs-pci,chardev=files,tag=share,queue-size=1024",
      "-chardev", "socket,id=control,fd=3",
      "-device", "virtio-serial-pci,max_ports=2",
      "-device", "virtserialport,chardev=control,name=stepbox",
  };
  static const char *const network[] = {
      "-netdev", "user,id=network,ipv6=off",
      "-device", "virtio-net-pci,netdev=network,romfile=",
  };
  for (size_t i = 0; i < COUNT_OF(options); i++) {
    arguments[n++] = options[i];
  }
  for (size_t i = 0; i < COUNT_OF(network) && request->network == NETWORK_BUILD; i++) {
    arguments[n++] = network[i];
  }
  arguments[n] = NULL;
  struct program program = {.name = arguments[0],
                            .arguments = arguments,
                            .inherited = plan->channel,
                            .words = plan->words};
  return start_program(plan, &program);
}

static int enter_network(const struct machine_plan *plan, struct failure *why) {
  if (plan->request->network == NETWORK_BUILD) {
    return kernel_setns(plan->supervisor->network, CLONE_NEWNET) < 0
               ? fail(why, "machine-network", "build")
               : 0;
  }
  return kernel_unshare(CLONE_NEWNET) < 0 ? fail(why, "machine-network", "unshare") : 0;
}

/* Returns its exit code. */
static int keep(const struct machine_plan *plan) {
  struct failure why;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int listener = -1;
  if (enter_network(plan, &why) < 0 || make_view(plan, &why) < 0 || send_mounts(plan, &why) < 0 ||
      (listener = listen_for_emulator(&why)) < 0) {
    dprintf(plan->words, "%s %s: %s %s\n", why.operation, why.object, strerror(why.error), why.text);
    return KEEPER_FAILED;
  }
  pid_t file_server = start_file_server(plan, listener);
  pid_t emulator = file_server < 0 ? -1 : start_emulator(plan);
  if (emulator < 0) {
    dprintf(plan->words, "cannot start: %s\n", strerror(errno));
    return KEEPER_FAILED;
  }
  close(listener);
  close(plan->channel);
  title_set("stepbox-machine"); /* covers the options, which were needed until now */
  for (;;) {
    int status = 0;
    pid_t ended = (pid_t)RETRY(waitpid(-1, &status, 0));
    if ((ended == emulator || ended == file_server) && WIFSIGNALED(status)) {
      dprintf(plan->words, "killed by signal %d\n", WTERMSIG(status));
    }
    if (ended == emulator || ended < 0) {
      return EMULATOR_ENDED;
    }
    if (ended == file_server) {
      return FILE_SERVER_ENDED;
    }
  }
}

/* v1: enters the cgroup, and leaves the keeper behind in it as a child of the supervisor. */
static _Noreturn void park(const struct machine_plan *plan, uint64_t cgroup, int answer) {
  struct failure why;
  pid_t pid = -1;
  if (cgroup_enter(&plan->supervisor->cgroups, cgroup, &why) == 0) {
    struct clone_args arguments = {.flags = NAMESPACES | CLONE_PARENT};
    pid = kernel_clone3(&arguments);
    if (pid == 0) {
      close(answer);
      _exit(keep(plan));
    }
  }
  _exit(RETRY(write(answer, &pid, sizeof pid)) != (ssize_t)sizeof pid);
}

static pid_t spawn_parked(const struct machine_plan *plan, uint64_t cgroup, struct failure *why) {
  int ends[2];
  pid_t keeper = -1;
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return fail(why, "machine-start", "pipe");
  }
  cleanup_fd int reader = ends[0];
  cleanup_fd int writer = ends[1];
  pid_t parker = fork();
  if (parker == 0) {
    park(plan, cgroup, writer);
  }
  close_and_forget(&writer);
  bool is_born = parker > 0 && RETRY(read(reader, &keeper, sizeof keeper)) == (ssize_t)sizeof keeper;
  if (parker > 0) {
    RETRY(waitpid(parker, NULL, 0));
  }
  return is_born && keeper > 0 ? keeper
                               : fail_with(why, EIO, "machine-start", "cgroup", "cannot be entered");
}

pid_t machine_spawn(const struct machine_plan *plan, uint64_t cgroup, struct failure *why) {
  const struct cgroups *cgroups = &plan->supervisor->cgroups;
  if (cgroups->version == CGROUP_V1) {
    return spawn_parked(plan, cgroup, why);
  }
  struct clone_args arguments = {.flags = NAMESPACES, .exit_signal = SIGCHLD};
  cleanup_fd int leaf = -1;
  if (cgroups->version == CGROUP_V2) {
    leaf = cgroup_open(cgroups, cgroup, "");
    if (leaf < 0) {
      return fail(why, "cgroup-open", "machine");
    }
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (unsigned)leaf;
  }
  pid_t pid = kernel_clone3(&arguments);
  if (pid == 0) {
    _exit(keep(plan));
  }
  return pid < 0 ? fail(why, "machine-start", "namespaces") : pid;
}
