/* Process 1 of a step: prepares the sandbox ahead, starts the payload when told, pumps its output, reaps,
 * enforces time limits, and ends with it. It is not in the payload's user namespace and not dumpable, so
 * the payload can neither look at it nor, as it is process 1, kill it. */
#include "init.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include "chroots.h"
#include "cleanup.h"
#include "kernel.h"
#include "loop.h"
#include "network.h"
#include "orders.h"
#include "payload.h"
#include "protocol.h"
#include "pump.h"
#include "run_request.h"
#include "runtime.h"
#include "step_ids.h"
#include "supervision.h"
#include "terminal.h"
#include "title.h"
#include "view.h"

enum { CONTROL_FD = 3 };

/* The sandbox as it is prepared. */
struct preparation {
  struct view view;
  int signals;
  unsigned char *body; /* for RUN; shared with the payload */
  struct payload_plan payload_plan;
  struct payload payload;
};

struct run_setup {
  uint32_t step_zero;
  uint32_t user; /* of a step in a chroot */
  uint32_t length;
  struct arena arena;
  struct run_request run;
  int fds[ORDER_DESCRIPTORS_MAX];
  int fd_count;
  int files[ORDER_DESCRIPTORS_MAX]; /* by file_descriptor */
};

static void report_failure(int control, uint32_t kind, const struct failure *why) {
  struct report report = {.kind = kind, .why = *why, .monotonic = monotonic_now(), .real = real_now()};
  /* When the supervisor is gone, so is everything in its pid namespace, this process included. */
  if (send_report(control, &report) < 0) {
    _exit(1);
  }
}

static int watch_children(struct preparation *preparation, struct failure *why) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  if (sigprocmask(SIG_SETMASK, &child, NULL) < 0) {
    return fail(why, "sigprocmask", "init");
  }
  preparation->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  return preparation->signals < 0 ? fail(why, "signalfd", "init") : 0;
}

/* Before the payload is born: it could not follow later, as the namespace belongs to ours. */
static int enter_network(const struct init_plan *plan, struct failure *why) {
  switch (plan->network) {
    case NETWORK_NONE:
      return network_raise_loopback(why);
    case NETWORK_BUILD:
      return kernel_setns(plan->build_network, CLONE_NEWNET) < 0 ? fail(why, "network", "build") : 0;
    default: /* host: where the supervisor is */
      return 0;
  }
}

static int prepare_payload(const struct init_plan *plan, struct preparation *preparation,
                           struct failure *why) {
  /* Costs no memory before RUN is written into it, and then only as much as RUN is long. */
  preparation->body =
      mmap(NULL, FRAME_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (preparation->body == MAP_FAILED) {
    return fail(why, "mmap", "payload");
  }
  if (plan->has_runtime) {
    return 0; /* it makes the payload */
  }
  preparation->payload_plan = (struct payload_plan){.uid_map = plan->uid_map,
                                                    .gid_map = plan->gid_map,
                                                    .raw_proc = preparation->view.raw_proc,
                                                    .is_in_chroot = plan->is_in_chroot,
                                                    .proc_is_borrowed = plan->proc_is_borrowed,
                                                    .capabilities = plan->capabilities,
                                                    .body = preparation->body};
  return payload_prepare(&preparation->payload_plan, &preparation->payload, why);
}

/* Whatever its parents leave behind comes to this process, as to a process 1. */
static int prepare_plainly(const struct init_plan *plan, struct preparation *preparation,
                           struct failure *why) {
  if (kernel_close_range(CONTROL_FD + 1, ~0U, 0) < 0) {
    return fail(why, "close_range", "init");
  }
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
    return fail(why, "subreaper", "init");
  }
  title_set("stepbox-init");
  preparation->view.raw_proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (preparation->view.raw_proc < 0) {
    return fail(why, "open", "/proc");
  }
  return watch_children(preparation, why) < 0 ? -1 : prepare_payload(plan, preparation, why);
}

static int prepare(const struct init_plan *plan, struct preparation *preparation,
                   struct failure *why) {
  if (plan->is_in_chroot) {
    return prepare_plainly(plan, preparation, why);
  }
  if (enter_network(plan, why) < 0) {
    return -1;
  }
  /* Only 0 to 2 (which are /dev/null) and the control socket go on. */
  if (kernel_close_range(CONTROL_FD + 1, ~0U, 0) < 0) {
    return fail(why, "close_range", "init");
  }
  /* Only now that the process sits in its cgroup, which this makes the root of what a step sees. */
  if (kernel_unshare(CLONE_NEWCGROUP) < 0) {
    return fail(why, "cgroup-namespace", "unshare");
  }
  title_set("stepbox-init");
  step_ids_make_files(plan->step_zero);
  return watch_children(preparation, why) < 0 ||
                 view_prepare(&preparation->view, plan->proc_is_borrowed, plan->has_runtime, why) < 0
             ? -1
             : prepare_payload(plan, preparation, why);
}

static int receive_run(struct preparation *preparation, struct run_setup *setup,
                       struct failure *why) {
  struct order order;
  if (receive_order(CONTROL_FD, &order, preparation->body, FRAME_MAX, setup->fds,
                    &setup->fd_count) < 0 ||
      order.kind != ORDER_RUN) {
    _exit(0); /* not needed any more */
  }
  setup->length = order.length;
  setup->user = order.a;
  struct reader reader = {.at = preparation->body,
                          .end = preparation->body + order.length,
                          .arena = &setup->arena};
  if (!run_request_read(&reader, &setup->run)) {
    return fail_with(why, ENOMEM, "run", setup->run.step, "cannot be read");
  }
  return 0;
}

/* The supervisor made them while the view was entered. */
static int receive_files(struct run_setup *setup, struct failure *why) {
  struct order order;
  int count = 0;
  if (receive_order(CONTROL_FD, &order, NULL, 0, setup->files, &count) < 0) {
    _exit(0);
  }
  /* A stop that overtook the start: whoever cancels so early kills this process next. */
  return order.kind == ORDER_FILES && count == FILE_COUNT
             ? 0
             : fail_with(why, ECANCELED, "run", setup->run.step, "stopped before its start");
}

static int enter_view(const struct view *view, const struct run_setup *setup,
                      struct failure *why) {
  const struct mount_list *mounts = &setup->run.mounts;
  int sources[LIMIT_MOUNTS_PER_STEP];
  int next = RUN_SOURCES;
  for (uint32_t i = 0; i < mounts->count; i++) {
    sources[i] = -1;
    if (mount_has_source(&mounts->steps[i])) {
      if (next >= setup->fd_count) {
        return fail_with(why, EPROTO, "run", "mounts", "a source is missing");
      }
      sources[i] = setup->fds[next++];
    }
  }
  if (setup->user != 0) {
    return chroot_prepare(setup->fds[RUN_ROOT], setup->user, &setup->run, sources, why);
  }
  return (setup->run.flags & RUN_BY_RUNTIME) != 0
             ? runtime_enter(setup->fds[RUN_ROOT], mounts, sources, why)
             : view_enter(view, setup->fds[RUN_ROOT], mounts, sources, why);
}

static int set_up(const struct view *view, struct run_setup *setup, struct failure *why) {
  /* EPERM: the filter of a container around, as podman's. The step then sees the name that is there. */
  if (setup->user == 0 && sethostname(setup->run.host_name, strlen(setup->run.host_name)) < 0 && errno != EPERM) {
    return fail(why, "sethostname", setup->run.host_name);
  }
  if ((setup->run.flags & RUN_NESTING) != 0 && view_allow_nesting(view, why) < 0) {
    return -1;
  }
  return enter_view(view, setup, why);
}

/* Opens the payload's streams; `pump->source` becomes the end that process 1 reads. */
static int open_streams(const struct run_setup *setup, struct pump *pump,
                        struct payload_streams *streams, struct failure *why) {
  streams->root = setup->fds[RUN_ROOT];
  if ((setup->run.flags & RUN_TTY) != 0) {
    pump->is_terminal = true;
    uint32_t owner =
        setup->user != 0 ? setup->user : step_id_here(setup->step_zero, setup->run.uid);
    pump->source =
        terminal_open(owner, setup->run.rows, setup->run.columns, &streams->input, why);
    streams->output = streams->input;
    return pump->source < 0 ? -1 : 0;
  }
  pump->source = setup->fds[RUN_PIPE_READER];
  streams->output = setup->fds[RUN_PIPE_WRITER];
  streams->input = STDIN_FILENO; /* of process 1: /dev/null, as the supervisor opened it */
  return 0;
}

static void tell_start(struct supervision *supervision) {
  struct report started = {.kind = REPORT_STARTED,
                           .pid = supervision->main,
                           .monotonic = monotonic_now(),
                           .real = real_now()};
  if (send_report(CONTROL_FD, &started) < 0) {
    _exit(1);
  }
  supervision->deadline += supervision->deadline == 0 ? 0 : started.monotonic;
}

static int start_payload(struct preparation *preparation, struct run_setup *setup,
                         const struct payload_streams *streams, struct failure *why) {
  return payload_go(&preparation->payload, setup->length, setup->user, streams, why) < 0 ||
                 receive_files(setup, why) < 0
             ? -1
             : payload_execute(&preparation->payload_plan, &preparation->payload, why);
}

/* The same by a runtime, which opens the terminal itself. */
static int start_by_runtime(const struct preparation *preparation, struct run_setup *setup,
                            struct supervision *supervision, struct failure *why) {
  struct runtime_run runtime = {.run = &setup->run,
                                .raw_proc = preparation->view.raw_proc,
                                .input = STDIN_FILENO,
                                .output = setup->fds[RUN_PIPE_WRITER],
                                .said = setup->fds[RUN_PIPE_READER],
                                .terminal = -1};
  if (receive_files(setup, why) < 0 || runtime_start(&runtime, why) < 0) {
    return -1;
  }
  supervision->main = runtime.main;
  supervision->pump.is_terminal = runtime.terminal >= 0;
  supervision->pump.source =
      runtime.terminal >= 0 ? runtime.terminal : setup->fds[RUN_PIPE_READER];
  return 0;
}

static int start_natively(struct preparation *preparation, struct run_setup *setup,
                          struct supervision *supervision, struct failure *why) {
  struct payload_streams streams;
  return open_streams(setup, &supervision->pump, &streams, why) < 0
             ? -1
             : start_payload(preparation, setup, &streams, why);
}

/* Everything is mounted: starts the payload and stays with it. */
static void start_and_supervise(struct preparation *preparation, struct run_setup *setup) {
  struct failure why;
  struct supervision supervision = {
      .control = CONTROL_FD,
      .signals = preparation->signals,
      .main = preparation->payload.pid,
      .user = setup->user,
      .deadline = setup->run.timeout * MILLISECOND_NS,
      .grace = setup->run.grace * MILLISECOND_NS,
      .pump = {.limit = setup->run.output_limit},
  };
  int started = (setup->run.flags & RUN_BY_RUNTIME) != 0
                    ? start_by_runtime(preparation, setup, &supervision, &why)
                    : start_natively(preparation, setup, &supervision, &why);
  if (started < 0) {
    bool is_exec = strcmp(why.operation, "execve") == 0;
    report_failure(CONTROL_FD, is_exec ? REPORT_EXEC_FAILED : REPORT_SETUP_FAILED, &why);
    return;
  }
  tell_start(&supervision);
  user_watch_begin(&supervision.watch, setup->user, &setup->run.cgroup_writes);
  supervision.pump.output = setup->files[FILE_OUTPUT];
  supervision.pump.index = setup->files[FILE_INDEX];
  supervision.pump.is_stream = lseek(supervision.pump.output, 0, SEEK_CUR) < 0; /* ESPIPE */
  close(setup->fds[RUN_PIPE_WRITER]); /* so that the pipe ends with its last writer in the step */
  explicit_bzero(preparation->body, setup->length);
  /* A terminal's slave stays open here, so that the master never reports a hang-up. */
  supervise(&supervision);
}

void init_main(const struct init_plan *plan) {
  static struct run_setup setup;
  struct failure why;
  struct preparation preparation = {.view = {.raw_proc = -1}};
  setup.step_zero = plan->step_zero;
  if (dup3(plan->control, CONTROL_FD, O_CLOEXEC) < 0 && errno != EINVAL) {
    fail(&why, "dup3", "control");
    report_failure(plan->control, REPORT_SETUP_FAILED, &why);
    _exit(1);
  }
  if (prepare(plan, &preparation, &why) < 0) {
    report_failure(CONTROL_FD, REPORT_SETUP_FAILED, &why);
    _exit(1);
  }
  struct report ready = {.kind = REPORT_READY};
  if (send_report(CONTROL_FD, &ready) < 0) {
    _exit(1);
  }
  if (receive_run(&preparation, &setup, &why) < 0 ||
      set_up(&preparation.view, &setup, &why) < 0) {
    report_failure(CONTROL_FD, REPORT_SETUP_FAILED, &why);
    _exit(1);
  }
  start_and_supervise(&preparation, &setup);
  _exit(0);
}
