/* The supervisor: from a mapped user namespace to the end of the build. */
#include "supervisor.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "chroots.h"
#include "cleanup.h"
#include "confine.h"
#include "client.h"
#include "egress.h"
#include "idmap.h"
#include "jobs.h"
#include "kernel.h"
#include "machine.h"
#include "privileges.h"
#include "protocol.h"
#include "quotas.h"
#include "roots.h"
#include "sandboxes.h"
#include "status.h"
#include "step_ids.h"
#include "steps.h"
#include "tree.h"
#include "world.h"

static const char *proc_of(const struct supervisor *supervisor) {
  if (supervisor->options->chroots != NULL) {
    return "none";
  }
  return supervisor->places.proc_is_borrowed ? "borrowed" : "fresh";
}

void supervisor_tell(struct supervisor *supervisor, const struct failure *why) {
  if (supervisor->status < 0) {
    return;
  }
  char pid[16];
  snprintf(pid, sizeof pid, "%d", supervisor->outer_pid);
  static const char *const versions[] = {"none", "v1", "v2"};
  if (why != NULL) {
    status_failed(supervisor->status, why);
  } else {
    status_line(supervisor->status, "ready",
                (const struct status_field[]){
                    {"pid", pid},
                    {"version", "1"},
                    {"egress", egress_name(supervisor->options->egress)},
                    {"cgroup", versions[supervisor->options->cgroup]},
                     {"proc", proc_of(supervisor)},
                     {"name", supervisor->name_is_borrowed ? "borrowed" : "own"},
                    {0}});
  }
  close_and_forget(&supervisor->status);
  supervisor_consider_end(supervisor); /* perhaps nobody ever connects */
}

static void end(struct supervisor *supervisor) {
  roots_unmount_all(supervisor);
  egress_stop(supervisor);
  if (supervisor->options->socket != NULL) {
    const char *slash = strrchr(supervisor->options->socket, '/');
    /* ENOENT: somebody cleaned up before us. */
    if (unlinkat(supervisor->socket_dir, slash == NULL ? supervisor->options->socket : slash + 1, 0) <
        0) {
      errno = 0;
    }
  }
  if (supervisor->shutdown_request != 0) {
    client_send_empty(supervisor, REQUEST_SHUTDOWN, supervisor->shutdown_request);
  }
  supervisor->loop.is_done = true;
}

static void on_orphan_timeout(struct timer *timer) {
  supervisor_stop(timer->owner, 0, 0);
}

void supervisor_consider_end(struct supervisor *supervisor) {
  bool is_idle = supervisor->steps == NULL && supervisor->jobs == NULL;
  if (supervisor->is_stopping) {
    if (is_idle) {
      sandboxes_dismiss(supervisor);
      machines_dismiss(supervisor);
    }
    if (is_idle && supervisor->sandboxes == NULL && supervisor->machines == NULL &&
        !supervisor->loop.is_done) {
      end(supervisor);
    }
  } else if (is_idle && !client_is_connected(supervisor) && supervisor->status < 0 &&
             supervisor->orphan_timer.due == 0) {
    supervisor->orphan_timer = (struct timer){.fire = on_orphan_timeout, .owner = supervisor};
    loop_start(&supervisor->loop, &supervisor->orphan_timer,
               monotonic_now() + supervisor->options->orphan_timeout * SECOND_NS);
  }
}

static void on_end_due(struct timer *timer) {
  supervisor_consider_end(timer->owner);
}

void supervisor_stop(struct supervisor *supervisor, uint64_t grace, uint32_t request) {
  supervisor->is_stopping = true;
  supervisor->shutdown_request = request != 0 ? request : supervisor->shutdown_request;
  loop_stop(&supervisor->loop, &supervisor->orphan_timer);
  steps_stop(supervisor, grace);
  if (request == 0) {
    jobs_abandon(supervisor); /* nobody waits for what they do */
  }
  sandboxes_dismiss(supervisor);
  /* Not here and now: the caller may hold what the end would free. */
  supervisor->end_timer = (struct timer){.fire = on_end_due, .owner = supervisor};
  loop_start(&supervisor->loop, &supervisor->end_timer, monotonic_now());
}

static void on_signal(struct watch *watch, uint32_t events) {
  struct supervisor *supervisor = watch->owner;
  struct signalfd_siginfo info;
  bool is_to_end = false;
  (void)events;
  while (RETRY(read(watch->fd, &info, sizeof info)) > 0) {
    is_to_end |= info.ssi_signo == SIGTERM;
  }
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    /* Others are orphans of the egress program, of which nothing is expected. */
    if (!sandboxes_reaped(supervisor, pid, status) && !jobs_reaped(supervisor, pid) &&
        !machines_reaped(supervisor, pid, status) && !egress_reaped(supervisor, pid, status)) {
      continue;
    }
  }
  if (is_to_end) {
    supervisor_stop(supervisor, 0, 0);
  }
}

static void on_connection(struct watch *watch, uint32_t events) {
  (void)events;
  client_accept(watch->owner);
}

static int become_root(struct supervisor *supervisor, struct failure *why) {
  supervisor->client_uid = (uint32_t)getuid(); /* the starter, as this namespace calls it */
  if (supervisor->options->id_map != ID_MAP_SINGLE && syscall(SYS_setgroups, 0, NULL) < 0) {
    return fail(why, "id-map", "setgroups");
  }
  return syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0
             ? fail(why, "id-map", "inside id 0")
             : 0;
}

static int open_socket_dir(struct supervisor *supervisor, struct failure *why) {
  const char *path = supervisor->options->socket;
  if (path == NULL) {
    return 0;
  }
  char dir[128];
  const char *slash = strrchr(path, '/');
  snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
           slash == NULL ? "." : path);
  supervisor->socket_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return supervisor->socket_dir < 0 ? fail(why, "socket-directory", dir) : 0;
}

/* What the starter left open is closed, except the listener and the status pipe: whoever reads the
 * starter's streams must see their end. Nothing was opened by ourselves yet. */
static int keep_only(int *listener, int *status, struct failure *why) {
  int null = open("/dev/null", O_RDWR);
  enum { LISTENER = 3, STATUS = 4, ASIDE = 10 };
  int aside_listener = fcntl(*listener, F_DUPFD_CLOEXEC, ASIDE);
  int aside_status = fcntl(*status, F_DUPFD_CLOEXEC, ASIDE);
  if (null < 0 || aside_listener < 0 || aside_status < 0 || dup2(null, STDIN_FILENO) < 0 ||
      dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
      dup3(aside_listener, LISTENER, O_CLOEXEC) < 0 || dup3(aside_status, STATUS, O_CLOEXEC) < 0 ||
      kernel_close_range(STATUS + 1, ~0U, 0) < 0) {
    return fail(why, "fds", "of the starter");
  }
  *listener = LISTENER;
  *status = STATUS;
  return 0;
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); /* up to the hard limit: always allowed */
  }
}

/* What steps will meet is told when the build begins. */
static int try_host_name(struct supervisor *supervisor, struct failure *why) {
  static const char name[] = "stepbox";
  if (kernel_unshare(CLONE_NEWUTS) < 0) {
    return fail(why, "uts-namespace", "supervisor");
  }
  if (sethostname(name, sizeof name - 1) == 0) {
    return 0;
  }
  supervisor->name_is_borrowed = errno == EPERM;
  return supervisor->name_is_borrowed ? 0 : fail(why, "sethostname", name);
}

/* Without namespaces: nothing of the machine goes out of sight, and what is done for steps is done by the
 * process that was started. */
static int set_up_plainly(struct supervisor *supervisor, struct failure *why) {
  const struct options *options = supervisor->options;
  umask(0);
  raise_descriptor_limit();
  supervisor->name_is_borrowed = true;
  supervisor->client_uid = (uint32_t)getuid();
  if (geteuid() != 0) {
    return fail_with(why, EPERM, "id-user", "of the supervisor", "must be root");
  }
  if (confine_landlock() < 1) {
    return fail(why, "landlock", "this kernel");
  }
  supervisor->places.store = open(options->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  supervisor->places.host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (supervisor->places.store < 0 || supervisor->places.host < 0) {
    return fail(why, "open-store", options->store);
  }
  /* Orphans of a process 1 that was killed come here, and not to a process that knows nothing of them. */
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
      prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
    return fail(why, "prctl", "supervisor");
  }
  /* With any number: that files are made for others takes away no capability. */
  return step_ids_prepare(1, why) < 0 || open_socket_dir(supervisor, why) < 0 ||
                 chroots_open(supervisor, why) < 0 ||
                 (options->step_files != NULL &&
                  tree_adopt_files(supervisor, options->step_files, why) < 0)
             ? -1
             : 0;
}

static int set_up(struct supervisor *supervisor, struct failure *why) {
  const struct options *options = supervisor->options;
  struct origins origins;
  if (options->chroots != NULL) {
    return set_up_plainly(supervisor, why);
  }
  umask(0);
  raise_descriptor_limit();
  if (!options->allow_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    return fail(why, "no-new-privs", "supervisor");
  }
  if (world_open(options, &origins, why) < 0 || open_socket_dir(supervisor, why) < 0 ||
      cgroups_open(&supervisor->cgroups, options, why) < 0 || become_root(supervisor, why) < 0 ||
      try_host_name(supervisor, why) < 0 || egress_start(supervisor, why) < 0 ||
      world_strip(options, &origins, &supervisor->places, why) < 0 ||
      (options->step_files != NULL &&
       tree_adopt_files(supervisor, options->step_files, why) < 0)) {
    return -1;
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
    return fail(why, "not-dumpable", "supervisor");
  }
  uint32_t zero = options->step_zero;
  struct id_lines uids = idmap_of_steps(&options->uids, zero);
  struct id_lines gids = idmap_of_steps(&options->gids, zero);
  idmap_text(&uids, supervisor->uid_map, sizeof supervisor->uid_map);
  idmap_text(&gids, supervisor->gid_map, sizeof supervisor->gid_map);
  return step_ids_prepare(zero, why); /* after the egress program began, which is told nothing of it */
}

/* Of a borrowed proc this part is usually read-only. Steps in chroots are other users of the machine, for whom
 * the kernel counts apart. */
static int share_watches(const struct supervisor *supervisor, struct failure *why) {
  if (supervisor->options->chroots != NULL) {
    return 0;
  }
  cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) {
    return fail(why, "open", "/proc");
  }
  return quotas_share_watches(proc, QUOTA_BUILD, why) < 0 && !supervisor->places.proc_is_borrowed ? -1
                                                                                               : 0;
}

static int open_loop(struct supervisor *supervisor, int listener, struct failure *why) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  sigaddset(&wanted, SIGTERM);
  if (signals_reset(why) < 0) {
    return -1;
  }
  if (sigprocmask(SIG_SETMASK, &wanted, NULL) < 0) {
    return fail(why, "signals", "supervisor");
  }
  supervisor->signals = (struct watch){.fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK),
                                       .ready = on_signal,
                                       .owner = supervisor};
  supervisor->listener =
      (struct watch){.fd = listener, .ready = on_connection, .owner = supervisor};
  if (supervisor->signals.fd < 0 || loop_open(&supervisor->loop) < 0 ||
      loop_add(&supervisor->loop, &supervisor->signals, EPOLLIN) < 0 ||
      (listener >= 0 && loop_add(&supervisor->loop, &supervisor->listener, EPOLLIN) < 0)) {
    return fail(why, "epoll", "supervisor");
  }
  return 0;
}

int supervisor_main(const struct options *options, const struct supervisor_ends *ends, pid_t outer) {
  static struct supervisor supervisor;
  struct failure why;
  int listener = ends->listener;
  supervisor = (struct supervisor){
      .options = options,
      .outer_pid = outer,
      .socket_dir = -1,
      .network = -1,
      .status = ends->status,
      .has_door = ends->has_door,
      .last_network = options->egress == EGRESS_NONE ? NETWORK_NONE : NETWORK_BUILD,
  };
  if (keep_only(&listener, &supervisor.status, &why) < 0 || set_up(&supervisor, &why) < 0 ||
      share_watches(&supervisor, &why) < 0 || open_loop(&supervisor, listener, &why) < 0) {
    status_failed(supervisor.status, &why);
    return 1;
  }
  sandboxes_refill(&supervisor);
  if (options->slots == 0) {
    supervisor_tell(&supervisor, NULL);
  }
  loop_run(&supervisor.loop);
  return 0;
}

int supervisor_guest(const struct options *options, int channel, struct failure *why) {
  static struct supervisor supervisor;
  bool has_network = access("/sys/class/net/eth0", F_OK) == 0;
  supervisor = (struct supervisor){
      .options = options,
      .outer_pid = getpid(),
      .socket_dir = -1,
      .network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC),
      .status = -1,
      .last_network = has_network ? NETWORK_BUILD : NETWORK_NONE,
      .is_guest = true,
  };
  if (supervisor.network < 0) {
    return fail(why, "network", "/proc/self/ns/net");
  }
  if (set_up(&supervisor, why) < 0 || open_loop(&supervisor, -1, why) < 0 ||
      client_adopt(&supervisor, channel, why) < 0) {
    return -1;
  }
  sandboxes_refill(&supervisor);
  loop_run(&supervisor.loop);
  return 0;
}
