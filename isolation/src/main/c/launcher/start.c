/* Start-up: three processes. The one that was called waits for the status line and ends; the starter, in
 * its own session, writes the id maps of its child and ends, or stays to keep its door; the child is the
 * supervisor. */
#include "start.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "door.h"
#include "idmap.h"
#include "kernel.h"
#include "status.h"
#include "supervisor.h"

enum { EXIT_FAILED = 125, BACKLOG = 8 };

static int listen_on(const char *path, struct failure *why) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  cleanup_fd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) {
    return fail(why, "socket", path);
  }
  memcpy(address.sun_path, path, strlen(path));
  mode_t before = umask(0177);
  int result = bind(listener, (struct sockaddr *)&address, sizeof address);
  umask(before);
  if (result < 0) {
    return fail(why, "socket-bind", path);
  }
  if (listen(listener, BACKLOG) < 0) {
    fail(why, "socket-listen", path);
    unlink(path);
    return -1;
  }
  return steal_fd(&listener);
}

static int map_and_release(const struct options *options, pid_t child, int sync,
                           struct failure *why) {
  if (idmap_write(child, options, why) < 0) {
    return -1;
  }
  return RETRY(send(sync, &child, sizeof child, MSG_NOSIGNAL)) == (ssize_t)sizeof child
             ? 0
             : fail(why, "clone-user-namespace", "the child died");
}

pid_t start_in_user_namespace(const struct options *options, int (*child)(void *data, pid_t outer),
                              void *data, struct failure *why) {
  int sync[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync) < 0) {
    return fail(why, "socketpair", "start");
  }
  cleanup_fd int ours = sync[0];
  cleanup_fd int theirs = sync[1];
  struct clone_args arguments = {.flags = CLONE_NEWUSER | CLONE_NEWPID, .exit_signal = SIGCHLD};
  cleanup_fd int cgroup = -1;
  if (options->own_cgroup != NULL) {
    /* With the rights of whoever called us: the child may move nothing across the cgroups above its own. */
    cgroup = open(options->own_cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0) {
      return fail(why, "cgroup-open", options->own_cgroup);
    }
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (unsigned)cgroup;
  }
  pid_t pid = kernel_clone3(&arguments);
  if (pid < 0) {
    return fail(why, "clone-user-namespace", "user and pid namespace");
  }
  if (pid == 0) {
    pid_t outer;
    close_and_forget(&ours);
    _exit(RETRY(recv(theirs, &outer, sizeof outer, 0)) == (ssize_t)sizeof outer ? child(data, outer)
                                                                               : EXIT_FAILED);
  }
  close_and_forget(&theirs);
  if (map_and_release(options, pid, ours, why) < 0) {
    kill(pid, SIGKILL);
    RETRY(waitpid(pid, NULL, 0));
    return -1;
  }
  return pid;
}

struct supervisor_start {
  const struct options *options;
  struct supervisor_ends ends;
};

static int become_supervisor(void *data, pid_t outer) {
  const struct supervisor_start *start = data;
  return supervisor_main(start->options, &start->ends, outer);
}

static int begin(const struct supervisor_start *start, struct failure *why) {
  const struct options *options = start->options;
  if (options->chroots == NULL) {
    return start_in_user_namespace(options, become_supervisor, (void *)(uintptr_t)start, why) < 0 ? -1
                                                                                                 : 0;
  }
  pid_t pid = fork();
  if (pid == 0) {
    _exit(supervisor_main(options, &start->ends, getpid()));
  }
  return pid < 0 ? fail(why, "fork", "supervisor") : 0;
}

/* The second process. Its child must not lose its parent's session, nor be its leader. */
static void run_starter(const struct options *options, int listener, int status) {
  struct failure why;
  int door[2] = {-1, -1};
  setsid(); /* cannot fail: a fresh child leads no group */
  struct supervisor_start start = {options, {listener, status, door_is_needed(options)}};
  if (start.ends.has_door) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, door) < 0) {
      fail(&why, "socketpair", "door");
      status_failed(status, &why);
      _exit(EXIT_FAILED);
    }
    start.ends.listener = door[0];
  }
  if (begin(&start, &why) < 0) {
    status_failed(status, &why);
    _exit(EXIT_FAILED);
  }
  if (start.ends.has_door) {
    door_keep(listener, door[1]);
  }
  _exit(0);
}

/* Copies the supervisor's line to the starter's descriptor; true when it says "ready". */
static bool pass_line(int from, int to) {
  char line[2048];
  size_t used = 0;
  for (ssize_t n; used < sizeof line && (n = RETRY(read(from, line + used, sizeof line - used))) > 0;) {
    used += (size_t)n;
  }
  if (used == 0) {
    struct failure why;
    fail_with(&why, EIO, "start", "supervisor", "ended without a word");
    status_failed(to, &why);
    return false;
  }
  return RETRY(write(to, line, used)) == (ssize_t)used && strncmp(line, "ready", 5) == 0;
}

/* Ours, as bind made it; gone already is fine. */
static void remove_socket(const struct options *options) {
  if (options->socket != NULL) {
    unlink(options->socket);
  }
}

/* v1: whoever enters a cgroup waits for a grace period of RCU, unless somebody did a moment ago. So a child
 * enters now, while ids are mapped and mounts are made, and the first sandbox need not wait as long. */
static pid_t enter_ahead(const struct options *options) {
  bool is_needed = options->cgroup == CGROUP_V1 && options->slots > 0;
  pid_t child = is_needed ? fork() : -1;
  if (child != 0) {
    return child;
  }
  struct failure none;
  cleanup_fd int cgroup = open(options->hierarchies[0].path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  _exit(write_file_at(cgroup, "cgroup.procs", "0", &none) < 0);
}

static int start(const struct options *options) {
  struct failure why;
  int status[2];
  cleanup_fd int listener =
      options->socket == NULL ? options->listen_fd : listen_on(options->socket, &why);
  if (listener < 0) {
    status_failed(options->status_fd, &why);
    return EXIT_FAILED;
  }
  pid_t starter = -1;
  if (pipe2(status, O_CLOEXEC) < 0 || (starter = fork()) < 0) {
    fail(&why, "fork", "starter");
    status_failed(options->status_fd, &why);
    remove_socket(options);
    return EXIT_FAILED;
  }
  if (starter == 0) {
    close(status[0]);
    run_starter(options, listener, status[1]);
  }
  close(status[1]);
  bool is_ready = pass_line(status[0], options->status_fd);
  close(status[0]);
  if (!is_ready || !door_is_needed(options)) {
    RETRY(waitpid(starter, NULL, 0));
  }
  if (!is_ready) {
    remove_socket(options);
  }
  return is_ready ? 0 : EXIT_FAILED;
}

int start_supervisor(const struct options *options) {
  struct failure why;
  if (options_check_supervise(options, &why) < 0) {
    status_failed(options->status_fd, &why);
    return EXIT_FAILED;
  }
  pid_t ahead = enter_ahead(options);
  int code = start(options);
  if (ahead > 0) {
    RETRY(waitpid(ahead, NULL, 0));
  }
  return code;
}
