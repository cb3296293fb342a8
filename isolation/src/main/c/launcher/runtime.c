/* Runs an OCI runtime. */
#include "runtime.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "cleanup.h"
#include "kernel.h"
#include "libraries.h"
#include "privileges.h"
#include "processes.h"
#include "protocol.h"
#include "terminal.h"
#include "view.h"

#define BUNDLE "/run/bundle"
#define PID_FILE "/run/pid"
#define CONSOLE "/run/console"
#define OPERATION "run through"

enum { LOOK_NS = 200 * 1000, WORDS_MAX = 4096 };

static const char *const directories[] = {"usr", "run", "runtime", "root", "sys", "sys/fs", "sys/fs/cgroup"};

static int put(int root, int mount, const char *path, struct failure *why) {
  cleanup_fd int target = beneath_open(root, path, O_PATH, 0);
  return target < 0 || attach(mount, target) < 0 ? fail(why, "runtime-view", path) : 0;
}

/* runc does not run where it finds no cgroup. It sees that of the step, and cannot write to it: the caps are
 * there already. Without it crun runs all the same, and runc says what it misses. */
static int put_cgroup(int root, struct failure *why) {
  unsigned attributes =
      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  cleanup_fd int cgroup = make_filesystem("cgroup2", (const char *const[]){NULL}, attributes, why);
  return cgroup < 0 ? 0 : put(root, cgroup, "sys/fs/cgroup", why);
}

int runtime_prepare(int scratch, struct failure *why) {
  static const char *const options[] = {"mode", "0700", "size", "32m", NULL};
  for (size_t i = 0; i < COUNT_OF(directories); i++) {
    if (mkdirat(scratch, directories[i], 0755) < 0) {
      return fail(why, "runtime-view", directories[i]);
    }
  }
  cleanup_fd int program = clone_tree(AT_FDCWD, "/host/runtime", 0, why);
  if (program < 0 || put(scratch, program, "runtime", why) < 0 || libraries_put(scratch, why) < 0) {
    return -1;
  }
  cleanup_fd int state = make_filesystem("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, why);
  return state < 0 || put(scratch, state, "run", why) < 0 ? -1 : put_cgroup(scratch, why);
}

int runtime_enter(int root, const struct mount_list *mounts, const int *sources, struct failure *why) {
  cleanup_fd int place = open("/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (place < 0 || attach(root, place) < 0) {
    return fail(why, "attach", "root");
  }
  return view_place(root, mounts, sources, why);
}

/* In memory, and where nothing but the runtime looks: it holds the step's environment. */
static int write_bundle(const struct bytes *content, struct failure *why) {
  if (mkdir(BUNDLE, 0700) < 0) {
    return fail(why, "runtime-bundle", BUNDLE);
  }
  cleanup_fd int file = open(BUNDLE "/config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(why, "runtime-bundle", "config.json");
  }
  for (size_t done = 0; done < content->length;) {
    ssize_t n = RETRY(write(file, content->data + done, content->length - done));
    if (n < 0) {
      return fail(why, "runtime-bundle", "config.json");
    }
    done += (size_t)n;
  }
  return 0;
}

/* Where the runtime sends the master of the terminal that it makes. */
static int listen_for_console(struct failure *why) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CONSOLE};
  cleanup_fd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
                 listen(listener, 1) < 0
             ? fail(why, "terminal", CONSOLE)
             : steal_fd(&listener);
}

/* It has been sent already: the runtime has ended. */
static int receive_console(int listener, struct failure *why) {
  char name[256];
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {.iov_base = name, .iov_len = sizeof name};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  cleanup_fd int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0 || RETRY(recvmsg(connection, &message, MSG_CMSG_CLOEXEC)) < 0) {
    return fail(why, "terminal", CONSOLE);
  }
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int))) {
    return fail_with(why, EPROTO, "terminal", CONSOLE, "the runtime sent no terminal");
  }
  int master;
  memcpy(&master, CMSG_DATA(header), sizeof master);
  int flags = fcntl(master, F_GETFL);
  if (flags < 0 || fcntl(master, F_SETFL, flags | O_NONBLOCK) < 0) {
    fail(why, "terminal", "master");
    close(master);
    return -1;
  }
  return master;
}

static _Noreturn void become_runtime(const struct runtime_run *runtime) {
  static char *const environment[] = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/run",
      "XDG_RUNTIME_DIR=/run", NULL};
  char **command = runtime->run->runtime.items;
  struct failure why;
  if (dup2(runtime->input, STDIN_FILENO) >= 0 && dup2(runtime->output, STDOUT_FILENO) >= 0 &&
      dup2(runtime->output, STDERR_FILENO) >= 0 &&
      kernel_close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0 && chdir(BUNDLE) == 0 &&
      privileges_set_defaults(&why) == 0) {
    umask(0022);
    execve(command[0], command, environment);
  }
  dprintf(STDERR_FILENO, "cannot execute %s: %s\n", command[0], strerror(errno));
  _exit(127);
}

/* The first line of what is in the pipe that is no mere warning: what comes after it follows from it, or is
 * the trace of a program that fell over. Nothing else is there when the step was not executed. */
static void take_words(int said, char *words, size_t size) {
  static const char mark[] = "msg=\""; /* of runc's logger: time="…" level=error msg="…" */
  char text[WORDS_MAX + 1];
  ssize_t length = RETRY(read(said, text, WORDS_MAX));
  text[length < 0 ? 0 : length] = 0;
  words[0] = 0;
  char *rest = text;
  for (char *line; words[0] == 0 && (line = strsep(&rest, "\r\n")) != NULL;) {
    if (strstr(line, "level=warning") == NULL) {
      const char *message = strstr(line, mark);
      snprintf(words, size, "%.*s", (int)size - 1,
               message == NULL ? line : message + strlen(mark));
    }
  }
}

static int fail_by_words(const struct runtime_run *runtime, int error, const char *operation,
                         const char *object, struct failure *why) {
  char words[sizeof why->text];
  take_words(runtime->said, words, sizeof words);
  return fail_with(why, error, operation, object, "%s", words[0] == 0 ? "it gave no reason" : words);
}

static int read_main(struct runtime_run *runtime, struct failure *why) {
  char text[16];
  cleanup_fd int file = open(PID_FILE, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? -1 : RETRY(read(file, text, sizeof text - 1));
  text[length < 0 ? 0 : length] = 0;
  runtime->main = atoi(text);
  return runtime->main > 1 ? 0
                           : fail_by_words(runtime, 0, OPERATION, runtime->run->runtime.items[0], why);
}

/* The runtime lets go of it when it is about to execute. */
static int await_exec(const struct runtime_run *runtime, struct failure *why) {
  const struct timespec moment = {.tv_nsec = LOOK_NS};
  for (;;) {
    switch (processes_execution(runtime->raw_proc, runtime->main)) {
      case PROCESS_EXECUTED:
        return 0;
      case PROCESS_WAITS:
        nanosleep(&moment, NULL); /* the supervisor ends us when this takes too long */
        break;
      case PROCESS_FAILED:
      default:
        return fail_by_words(runtime, ENOEXEC, "execve", runtime->run->arguments.items[0], why);
    }
  }
}

int runtime_start(struct runtime_run *runtime, struct failure *why) {
  bool has_terminal = (runtime->run->flags & RUN_TTY) != 0;
  int status;
  if (write_bundle(&runtime->run->bundle, why) < 0) {
    return -1;
  }
  cleanup_fd int console = has_terminal ? listen_for_console(why) : -1;
  if (has_terminal && console < 0) {
    return -1;
  }
  pid_t pid = fork();
  if (pid == 0) {
    become_runtime(runtime);
  }
  if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0) {
    return fail(why, "fork", "runtime");
  }
  if (status != 0) {
    return fail_by_words(runtime, 0, OPERATION, runtime->run->runtime.items[0], why);
  }
  if (read_main(runtime, why) < 0 || await_exec(runtime, why) < 0) {
    return -1;
  }
  if (has_terminal) {
    runtime->terminal = receive_console(console, why);
    return runtime->terminal < 0 ||
                   terminal_resize(runtime->terminal, runtime->run->rows, runtime->run->columns) < 0
               ? fail(why, "terminal", "master")
               : 0;
  }
  return 0;
}
