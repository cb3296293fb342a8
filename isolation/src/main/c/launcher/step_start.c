/* From a request and a ready sandbox to the orders for its process 1. */
#include "step_start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "chroots.h"
#include "cleanup.h"
#include "disk.h"
#include "egress.h"
#include "guest_stream.h"
#include "kernel.h"
#include "machine_steps.h"
#include "protocol.h"
#include "roots.h"
#include "step_end.h"
#include "step_ids.h"

enum { SETUP_TIMEOUT_S = 60 };

static int open_record_file(int record, const char *name, struct failure *why) {
  int file = openat(record, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  return file < 0 ? fail_text(why, "record", name, "in the step's record directory") : file;
}

uint32_t step_check_record(struct step *step, struct failure *why) {
  const char *name;
  if (step->supervisor->is_guest) {
    return 0; /* the host keeps the records */
  }
  cleanup_fd int parent = place_open_parent(&step->supervisor->places, IN_STORE, step->run.record,
                                            &name, why);
  if (parent < 0) {
    return ERROR_INVALID;
  }
  step->record = beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0);
  if (step->record < 0 && errno != ENOENT) {
    fail(why, "record", step->run.record);
    return ERROR_INVALID;
  }
  if (step->record >= 0 && faccessat(step->record, "output", F_OK, 0) == 0) {
    close_and_forget(&step->record);
    fail_with(why, EEXIST, "record", step->run.record, "is another step's");
    return ERROR_EXISTS;
  }
  return 0;
}

int step_make_record(struct step *step, struct failure *why) {
  const char *name;
  if (step->record >= 0 || step->supervisor->is_guest) {
    return 0;
  }
  cleanup_fd int parent = place_open_parent(&step->supervisor->places, IN_STORE, step->run.record,
                                            &name, why);
  if (parent < 0) {
    return -1;
  }
  if (mkdirat(parent, name, 0755) < 0) {
    return fail(why, "record", step->run.record);
  }
  step->record = beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0);
  return step->record < 0 ? fail(why, "record", step->run.record) : 0;
}

/* All processes of its user are killed with a step, so there is no other one in the same root. */
static int add_chroot(struct step *step, struct root *root, const char *name, int *fds,
                      struct failure *why) {
  if (root->users > 0) {
    return fail_with(why, EBUSY, "root", name, "in a chroot one step runs at a time");
  }
  fds[RUN_ROOT] =
      beneath_open(step->supervisor->places.roots, name, O_RDONLY | O_DIRECTORY, 0);
  if (fds[RUN_ROOT] < 0) {
    return fail(why, "root", name);
  }
  root->chroot->is_dirty = true;
  root->users++;
  step->sandbox->root = root;
  return 0;
}

static uint32_t user_of(const struct step *step) {
  return step->sandbox->root->chroot == NULL ? 0 : step->sandbox->root->chroot->user;
}

static int add_root(struct step *step, int *fds, struct failure *why) {
  struct root *root = root_find(step->supervisor, step->run.root);
  if (root == NULL) {
    return fail_with(why, ENOENT, "root", "/roots", "root %u went away", step->run.root);
  }
  char name[16];
  snprintf(name, sizeof name, "%u", step->run.root);
  if (root->chroot != NULL) {
    return add_chroot(step, root, name, fds, why);
  }
  unsigned flags = (step->run.flags & RUN_READ_ONLY_ROOT) != 0 ? MOUNT_READ_ONLY : 0;
  fds[RUN_ROOT] = clone_tree(step->supervisor->places.roots, name, flags, why);
  if (fds[RUN_ROOT] < 0) {
    return -1;
  }
  root->users++;
  step->sandbox->root = root;
  return 0;
}

/* The supervisor keeps a reading end, so that nothing is lost when the kernel kills process 1 for
 * memory. */
static int add_pipe(struct step *step, int *fds, struct failure *why) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return fail(why, "pipe", "output");
  }
  fds[RUN_PIPE_READER] = ends[0];
  fds[RUN_PIPE_WRITER] = ends[1];
  step->pipe_reader = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
  /* So that the step can open /dev/stdout again. An id that is not mapped is refused later, in words. */
  uint32_t zero = step->supervisor->options->step_zero;
  uint32_t user = user_of(step);
  uint32_t uid = user != 0 ? user : step_id_here(zero, step->run.uid);
  uint32_t gid = user != 0 ? user : step_id_here(zero, step->run.gid);
  if (fchown(ends[1], uid, gid) < 0 && errno != EINVAL) {
    return fail(why, "pipe", "owner");
  }
  return step->pipe_reader < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0
             ? fail(why, "pipe", "output")
             : 0;
}

int step_open_files(struct step *step, struct failure *why) {
  step->output = open_record_file(step->record, "output", why);
  step->pump = (struct pump){.output = step->output, .index = -1, .limit = step->run.output_limit};
  step->pump.index = step->output < 0 ? -1 : open_record_file(step->record, "output.index", why);
  return step->pump.index < 0 ? -1 : 0;
}

static int make_files(struct step *step, int *fds, struct failure *why) {
  if (step->supervisor->is_guest) {
    return guest_stream_open(step, fds, why);
  }
  fds[FILE_OUTPUT] = open_record_file(step->record, "output", why);
  fds[FILE_INDEX] = fds[FILE_OUTPUT] < 0 ? -1 : open_record_file(step->record, "output.index", why);
  if (fds[FILE_INDEX] < 0) {
    return -1;
  }
  step->output = fcntl(fds[FILE_OUTPUT], F_DUPFD_CLOEXEC, 0);
  return step->output < 0 ? fail(why, "record", "output") : 0;
}

static int source_of(struct step *step, const struct mount_step *mount, struct failure *why) {
  const struct places *places = &step->supervisor->places;
  return step->sandbox->root->chroot != NULL && mount->kind == MOUNT_BIND
             ? place_open(places, IN_STORE, mount->source, O_RDONLY | O_NONBLOCK, why)
             : mount_source(places, mount, why);
}

static int add_sources(struct step *step, int *fds, int *count, struct failure *why) {
  const struct mount_list *mounts = &step->run.mounts;
  for (uint32_t i = 0; i < mounts->count; i++) {
    if (mount_has_source(&mounts->steps[i])) {
      fds[*count] = source_of(step, &mounts->steps[i], why);
      if (fds[(*count)++] < 0) {
        return -1;
      }
    }
  }
  return 0;
}

static void close_all(int *fds, int count) {
  for (int i = 0; i < count; i++) {
    cleanup_fd_value(&fds[i]);
  }
}

static int send_run(struct step *step, struct failure *why) {
  int fds[ORDER_DESCRIPTORS_MAX] = {-1, -1, -1};
  int count = RUN_SOURCES;
  struct order order = {.kind = ORDER_RUN, .length = (uint32_t)step->length};
  int result = add_root(step, fds, why) < 0 || add_pipe(step, fds, why) < 0 ||
                       add_sources(step, fds, &count, why) < 0
                   ? -1
                   : 0;
  order.a = result == 0 ? user_of(step) : 0;
  if (result == 0 &&
      send_order(step->sandbox->control.fd, &order, step->body, fds, count) < 0) {
    result = fail(why, "start-sandbox", "process 1");
  }
  close_all(fds, count);
  return result;
}

/* A step with nesting sets limits for what it starts itself, below its own. */
static int delegate(const struct step *step, struct failure *why) {
  const struct supervisor *supervisor = step->supervisor;
  uint32_t zero = supervisor->options->step_zero;
  return !step_is_delegated(step) || step->sandbox->cgroup == 0
             ? 0
             : cgroup_delegate(&supervisor->cgroups, step->sandbox->cgroup,
                               step_id_here(zero, step->run.uid),
                               step_id_here(zero, step->run.gid), why);
}

/* What is not needed before the exec: made while process 1 enters the step's view. */
static int send_files(struct step *step, struct failure *why) {
  int fds[FILE_COUNT] = {-1, -1};
  struct order order = {.kind = ORDER_FILES};
  int result = step_make_record(step, why) < 0 ||
                       (step->supervisor->options->chroots == NULL &&
                        (cgroup_write(&step->supervisor->cgroups, step->sandbox->cgroup,
                                      &step->run.cgroup_writes, why) < 0 ||
                         delegate(step, why) < 0)) ||
                       make_files(step, fds, why) < 0
                   ? -1
                   : 0;
  if (result == 0 &&
      send_order(step->sandbox->control.fd, &order, NULL, fds, COUNT_OF(fds)) < 0) {
    result = fail(why, "start-sandbox", "process 1");
  }
  close_all(fds, COUNT_OF(fds));
  return result;
}

static void on_setup_timeout(struct timer *timer) {
  struct step *step = timer->owner;
  sandbox_kill(step->sandbox);
}

static void give_up(struct step *step, const struct failure *why) {
  if (sandbox_fail(step->sandbox, why)) {
    return; /* it is told when process 1 is gone */
  }
  sandbox_kill(step->sandbox);
  step_fail(step, OUTCOME_SETUP_FAILED, why);
}

void step_go(struct step *step) {
  struct failure why;
  if (step->machine != NULL) {
    machine_step_go(step);
    return;
  }
  if (send_files(step, &why) < 0) {
    give_up(step, &why);
    return;
  }
  step_watch_oom(step);
  step->setup_timer = (struct timer){.fire = on_setup_timeout, .owner = step};
  loop_start(&step->supervisor->loop, &step->setup_timer,
             monotonic_now() + SETUP_TIMEOUT_S * SECOND_NS);
}

void step_start(struct step *step, struct sandbox *sandbox) {
  struct supervisor *supervisor = step->supervisor;
  struct failure why;
  step->sandbox = sandbox;
  sandbox->step = step;
  step->phase = PHASE_STARTING;
  bool is_connected =
      step->run.network != NETWORK_BUILD || egress_await(supervisor, &why) == 0;
  int result = is_connected ? send_run(step, &why) : -1;
  step_forget_secrets(step);
  if (result < 0) {
    give_up(step, &why);
  } else if (!disk_watch(step)) {
    step_go(step);
  }
  sandboxes_refill(supervisor);
}

