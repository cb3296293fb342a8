/* Making, preparing and burying sandboxes. */
#include "sandboxes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "chroots.h"
#include "cleanup.h"
#include "init.h"
#include "kernel.h"
#include "network.h"
#include "protocol.h"
#include "roots.h"
#include "step_user.h"
#include "steps.h"

enum {
  NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS,
  REMOVAL_RETRY_MS = 10,
  REMOVAL_TRIES = 500,
};

static void run_init(const struct sandbox *sandbox, int control) {
  struct init_plan plan = {.control = control,
                           .network = sandbox->network,
                           .build_network = sandbox->supervisor->network,
                           .capabilities = sandbox->supervisor->options->capabilities,
                           .uid_map = sandbox->supervisor->uid_map,
                           .gid_map = sandbox->supervisor->gid_map,
                           .step_zero = sandbox->supervisor->options->step_zero,
                           .is_in_chroot = sandbox->supervisor->options->chroots != NULL,
                           .proc_is_borrowed = sandbox->supervisor->places.proc_is_borrowed,
                           .has_runtime = sandbox->supervisor->options->runtime};
  init_main(&plan);
}

static uint64_t namespace_flags(const struct sandbox *sandbox) {
  return NAMESPACES | (sandbox->network == NETWORK_NONE ? (uint64_t)CLONE_NEWNET : 0);
}

/* v1: enters the cgroup, leaves process 1 behind in it as a child of the supervisor, and ends. */
static void park(const struct sandbox *sandbox, int control) {
  const struct cgroups *cgroups = &sandbox->supervisor->cgroups;
  struct report report = {.kind = REPORT_SETUP_FAILED};
  if (cgroup_make(cgroups, sandbox->cgroup, &report.why) == 0 &&
      cgroup_enter(cgroups, sandbox->cgroup, &report.why) == 0) {
    struct clone_args arguments = {.flags = namespace_flags(sandbox) | CLONE_PARENT};
    pid_t pid = kernel_clone3(&arguments);
    if (pid == 0) {
      run_init(sandbox, control);
    }
    report.pid = pid;
    report.kind = pid < 0 ? REPORT_SETUP_FAILED : REPORT_BORN;
    if (pid < 0) {
      fail(&report.why, "clone", "namespaces");
    }
  }
  _exit(send_report(control, &report) < 0);
}

static int clone_into_cgroup(struct sandbox *sandbox, int control, struct failure *why) {
  const struct cgroups *cgroups = &sandbox->supervisor->cgroups;
  struct clone_args arguments = {.flags = namespace_flags(sandbox), .exit_signal = SIGCHLD};
  cleanup_fd int leaf = -1;
  if (cgroups->version == CGROUP_V2) {
    leaf = cgroup_make(cgroups, sandbox->cgroup, why) < 0 ? -1
                                                          : cgroup_open(cgroups, sandbox->cgroup, "");
    if (leaf < 0) {
      return fail(why, "cgroup-create", "leaf");
    }
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (unsigned)leaf;
  }
  /* Not only because there are no namespaces to make: filters of containers refuse clone3 as such. */
  bool is_plain = sandbox->supervisor->options->chroots != NULL;
  sandbox->init = is_plain ? fork() : kernel_clone3(&arguments);
  if (sandbox->init == 0) {
    run_init(sandbox, control);
  }
  return sandbox->init < 0 ? fail(why, "clone", "namespaces") : 0;
}

static int give_birth(struct sandbox *sandbox, int control, struct failure *why) {
  if (sandbox->supervisor->cgroups.version != CGROUP_V1) {
    return clone_into_cgroup(sandbox, control, why);
  }
  sandbox->parker = fork();
  if (sandbox->parker == 0) {
    park(sandbox, control);
  }
  return sandbox->parker < 0 ? fail(why, "fork", "sandbox") : 0;
}

static void forget(struct sandbox *sandbox) {
  struct supervisor *supervisor = sandbox->supervisor;
  loop_stop(&supervisor->loop, &sandbox->preparation);
  for (struct sandbox **at = &supervisor->sandboxes; *at != NULL; at = &(*at)->next) {
    if (*at == sandbox) {
      *at = sandbox->next;
      break;
    }
  }
  free(sandbox);
  supervisor_consider_end(supervisor);
}

static void remove_cgroup(struct timer *timer) {
  struct sandbox *sandbox = timer->owner;
  struct supervisor *supervisor = sandbox->supervisor;
  if (sandbox->cgroup != 0 && !cgroup_remove(&supervisor->cgroups, sandbox->cgroup) &&
      ++sandbox->removal_tries < REMOVAL_TRIES) {
    loop_start(&supervisor->loop, timer, monotonic_now() + REMOVAL_RETRY_MS * MILLISECOND_NS);
    return;
  }
  forget(sandbox);
}

/* In a chroot the next step may not begin before everything of this one is gone, and whoever hears of the end
 * asks for the next one. */
static bool is_alone(const struct sandbox *sandbox) {
  return sandbox->root != NULL && sandbox->root->chroot != NULL;
}

/* In a chroot no namespace ends with process 1. What cannot be killed now is killed by who claims the user next. */
static void kill_orphans(const struct sandbox *sandbox) {
  if (is_alone(sandbox)) {
    step_user_end(sandbox->root->chroot->user);
  }
}

/* What was written outlives the supervisor. What cannot be put away now is when the root ends, which says so. */
static void keep_written(const struct sandbox *sandbox) {
  struct failure later;
  if (is_alone(sandbox)) {
    chroot_collect(sandbox->supervisor, sandbox->root->id, sandbox->root->chroot, &later);
  }
}

static void release_root(struct sandbox *sandbox) {
  if (sandbox->root != NULL) {
    root_release(sandbox->supervisor, sandbox->root);
    sandbox->root = NULL;
  }
}

static void bury_when_dead(struct sandbox *sandbox) {
  bool is_dead = sandbox->is_silent && sandbox->parker == 0 && sandbox->init == 0;
  if (!is_dead || sandbox->removal.owner != NULL) {
    return;
  }
  struct step *step = sandbox->step;
  if (step != NULL && !sandbox->has_last_report) {
    kill_orphans(sandbox);
  }
  keep_written(sandbox);
  if (step != NULL && sandbox->has_last_report) {
    release_root(sandbox);
    step_report(step, &sandbox->report);
  } else if (step != NULL) {
    step_lost(step, sandbox->status);
  }
  release_root(sandbox);
  sandbox->state = SANDBOX_ENDING;
  sandbox->removal = (struct timer){.fire = remove_cgroup, .owner = sandbox};
  remove_cgroup(&sandbox->removal);
}

void sandbox_leave(struct sandbox *sandbox) {
  sandbox->step = NULL;
  sandbox->state = SANDBOX_ENDING;
}

void sandbox_kill(struct sandbox *sandbox) {
  if (sandbox->init > 0) {
    kill(sandbox->init, SIGKILL); /* our own unreaped child: the id cannot be another's */
  }
}

bool sandbox_fail(struct sandbox *sandbox, const struct failure *why) {
  if (!is_alone(sandbox)) {
    return false;
  }
  sandbox->report = (struct report){.kind = REPORT_SETUP_FAILED, .why = *why};
  sandbox->has_last_report = true;
  sandbox_kill(sandbox);
  return true;
}

/* Preparation failed: the first step that waits, or the starter, is told. */
static void give_up(struct sandbox *sandbox, const struct failure *why) {
  struct supervisor *supervisor = sandbox->supervisor;
  sandbox->state = SANDBOX_ENDING;
  loop_stop(&supervisor->loop, &sandbox->preparation);
  sandbox_kill(sandbox);
  if (supervisor->status >= 0) {
    supervisor_tell(supervisor, why);
    supervisor_stop(supervisor, 0, 0);
    return;
  }
  steps_fail_waiting(supervisor, why);
}

static void on_preparation_due(struct timer *timer) {
  struct sandbox *sandbox = timer->owner;
  struct failure why;
  fail_with(&why, ETIMEDOUT, "prepare-sandbox", "process 1", "not ready within %llu s",
            (unsigned long long)sandbox->supervisor->options->prepare_timeout);
  if (sandbox->parker > 0) {
    kill(sandbox->parker, SIGKILL); /* unreaped, as process 1 */
  }
  give_up(sandbox, &why);
}

static void handle_report(struct sandbox *sandbox) {
  struct report *report = &sandbox->report;
  if (report->kind == REPORT_BORN) {
    sandbox->init = report->pid;
    if (sandbox->state == SANDBOX_ENDING) {
      sandbox_kill(sandbox); /* it was to be killed before its id was known */
    }
  } else if (report->kind == REPORT_READY) {
    sandbox->state = SANDBOX_READY;
    loop_stop(&sandbox->supervisor->loop, &sandbox->preparation);
    if (sandbox->supervisor->is_stopping) {
      sandboxes_dismiss(sandbox->supervisor);
      return;
    }
    supervisor_tell(sandbox->supervisor, NULL);
    steps_start_waiting(sandbox->supervisor);
  } else if (sandbox->step != NULL && report->kind != REPORT_STARTED && is_alone(sandbox)) {
    sandbox->has_last_report = true;
  } else if (sandbox->step != NULL) {
    step_report(sandbox->step, report);
  } else if (sandbox->state == SANDBOX_PREPARING) {
    give_up(sandbox, &report->why);
  }
}

static void fall_silent(struct sandbox *sandbox) {
  loop_close(&sandbox->supervisor->loop, &sandbox->control);
  sandbox->is_silent = true;
  if (sandbox->state == SANDBOX_PREPARING) {
    struct failure why;
    fail_with(&why, EPIPE, "prepare-sandbox", "process 1", "died without a word");
    give_up(sandbox, &why);
  }
  /* Reaped before its birth was told of. */
  if (sandbox->init > 0 && waitpid(sandbox->init, &sandbox->status, WNOHANG) != 0) {
    sandbox->init = 0;
  }
  bury_when_dead(sandbox);
}

static void on_control(struct watch *watch, uint32_t events) {
  struct sandbox *sandbox = watch->owner;
  (void)events;
  struct report late; /* after the last one */
  struct report *report = sandbox->has_last_report ? &late : &sandbox->report;
  ssize_t n = RETRY(recv(watch->fd, (char *)report + sandbox->received,
                         sizeof *report - sandbox->received, MSG_DONTWAIT));
  if (n < 0 && errno == EAGAIN) {
    return;
  }
  if (n <= 0) {
    fall_silent(sandbox);
    return;
  }
  if (sandbox->has_last_report) {
    return;
  }
  sandbox->received += (size_t)n;
  if (sandbox->received == sizeof sandbox->report) {
    sandbox->received = 0;
    handle_report(sandbox);
  }
}

static int make(struct supervisor *supervisor, uint32_t network, struct failure *why) {
  int pair[2];
  if (network == NETWORK_BUILD && supervisor->network < 0 && supervisor->options->chroots == NULL) {
    supervisor->network = network_make(NULL, why); /* the first step that asks for it */
    if (supervisor->network < 0) {
      return -1;
    }
  }
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
    return fail(why, "socketpair", "sandbox");
  }
  cleanup_fd int ours = pair[0];
  cleanup_fd int theirs = pair[1];
  struct sandbox *sandbox = calloc(1, sizeof *sandbox);
  if (sandbox == NULL) {
    return fail(why, "calloc", "sandbox");
  }
  sandbox->supervisor = supervisor;
  sandbox->network = network;
  if (supervisor->cgroups.version != CGROUP_NONE) {
    sandbox->cgroup = ++supervisor->cgroups.last;
  }
  sandbox->control = (struct watch){.fd = ours, .ready = on_control, .owner = sandbox};
  int born = loop_add(&supervisor->loop, &sandbox->control, EPOLLIN) < 0
                 ? fail(why, "epoll", "sandbox")
                 : give_birth(sandbox, theirs, why);
  if (born < 0) {
    if (sandbox->cgroup != 0) {
      cgroup_remove(&supervisor->cgroups, sandbox->cgroup);
    }
    free(sandbox);
    return -1;
  }
  steal_fd(&ours);
  sandbox->preparation = (struct timer){.fire = on_preparation_due, .owner = sandbox};
  loop_start(&supervisor->loop, &sandbox->preparation,
             monotonic_now() + supervisor->options->prepare_timeout * SECOND_NS);
  sandbox->next = supervisor->sandboxes;
  supervisor->sandboxes = sandbox;
  return 0;
}

static void make_or_tell(struct supervisor *supervisor, uint32_t network) {
  struct failure why;
  if (make(supervisor, network, &why) == 0) {
    return;
  }
  if (supervisor->status >= 0) {
    supervisor_tell(supervisor, &why);
    supervisor_stop(supervisor, 0, 0);
  } else {
    steps_fail_waiting(supervisor, &why);
  }
}

/* Those that are ready or will be, for one kind of network. */
static unsigned count_idle(const struct supervisor *supervisor, uint32_t network) {
  unsigned idle = 0;
  for (const struct sandbox *sandbox = supervisor->sandboxes; sandbox != NULL;
       sandbox = sandbox->next) {
    idle += sandbox->network == network && sandbox->state <= SANDBOX_READY;
  }
  return idle;
}

/* Makes what is missing up to `wanted`. */
static void make_up_to(struct supervisor *supervisor, uint32_t network, unsigned wanted) {
  unsigned idle = count_idle(supervisor, network);
  while (!supervisor->is_stopping && idle++ < wanted) {
    make_or_tell(supervisor, network);
  }
}

void sandboxes_refill(struct supervisor *supervisor) {
  make_up_to(supervisor, supervisor->last_network, supervisor->options->slots);
}

struct sandbox *sandbox_take(struct supervisor *supervisor, uint32_t network) {
  supervisor->last_network = network;
  for (struct sandbox *sandbox = supervisor->sandboxes; sandbox != NULL; sandbox = sandbox->next) {
    if (sandbox->network == network && sandbox->state == SANDBOX_READY) {
      sandbox->state = SANDBOX_TAKEN;
      return sandbox;
    }
  }
  /* Many steps at once: their sandboxes are prepared side by side. */
  unsigned waiting = steps_count_waiting(supervisor, network);
  make_up_to(supervisor, network, waiting < OPTIONS_SLOTS_MAX ? waiting : OPTIONS_SLOTS_MAX);
  return NULL;
}

bool sandboxes_reaped(struct supervisor *supervisor, pid_t pid, int status) {
  for (struct sandbox *sandbox = supervisor->sandboxes; sandbox != NULL; sandbox = sandbox->next) {
    if (sandbox->parker == pid) {
      sandbox->parker = 0;
    } else if (sandbox->init == pid) {
      sandbox->init = 0;
      sandbox->status = status;
    } else {
      continue;
    }
    bury_when_dead(sandbox);
    return true;
  }
  return false;
}

void sandboxes_dismiss(struct supervisor *supervisor) {
  for (struct sandbox *sandbox = supervisor->sandboxes; sandbox != NULL; sandbox = sandbox->next) {
    if (sandbox->state == SANDBOX_READY) {
      sandbox->state = SANDBOX_ENDING;
      sandbox_kill(sandbox);
    }
  }
}
