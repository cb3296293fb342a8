/* Steps from their request to the order that starts them. */
#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "client.h"
#include "disk.h"
#include "kernel.h"
#include "protocol.h"
#include "roots.h"
#include "step_end.h"

enum { SETUP_TIMEOUT_S = 60 };

static struct step *find(struct supervisor *supervisor, const char *id, struct failure *why) {
  for (struct step *step = supervisor->steps; step != NULL; step = step->next) {
    if (strcmp(step->run.step, id) == 0) {
      return step;
    }
  }
  fail_with(why, ENOENT, "step", id, "no such step is running");
  return NULL;
}

static int open_record_file(int record, const char *name, struct failure *why) {
  int file = openat(record, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  return file < 0 ? fail_text(why, "record", name, "in the step's record directory") : file;
}

static int open_record(struct step *step, struct failure *why) {
  const char *name;
  cleanup_fd int parent = place_open_parent(&step->supervisor->places, IN_STORE, step->run.record,
                                            &name, why);
  if (parent < 0) {
    return -1;
  }
  if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST) {
    return fail(why, "record", step->run.record);
  }
  step->record = beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0);
  return step->record < 0 ? fail(why, "record", step->run.record) : 0;
}

static void wipe_strings(const struct strings *strings) {
  for (uint32_t i = 0; i < strings->count; i++) {
    explicit_bzero(strings->items[i], strlen(strings->items[i]));
  }
}

/* The supervisor keeps no secret longer than it takes to hand it on. */
static void forget_secrets(struct step *step) {
  if (step->body != NULL) {
    explicit_bzero(step->body, step->length);
    free(step->body);
    step->body = NULL;
    wipe_strings(&step->run.environment);
    wipe_strings(&step->run.arguments);
  }
}

void step_free(struct step *step) {
  struct supervisor *supervisor = step->supervisor;
  for (struct step **at = &supervisor->steps; *at != NULL; at = &(*at)->next) {
    if (*at == step) {
      *at = step->next;
      break;
    }
  }
  loop_close(&supervisor->loop, &step->oom);
  loop_stop(&supervisor->loop, &step->setup_timer);
  loop_stop(&supervisor->loop, &step->oom_timer);
  disk_forget(step);
  forget_secrets(step);
  close_and_forget(&step->record);
  close_and_forget(&step->output);
  close_and_forget(&step->pipe_reader);
  arena_free(&step->arena);
  free(step);
  supervisor_consider_end(supervisor);
}

static void on_setup_timeout(struct timer *timer) {
  struct step *step = timer->owner;
  sandbox_kill(step->sandbox);
}

enum { OOM_LOOKS = 100, OOM_PAUSE_MS = 10 };

static void look_for_kill(struct timer *timer) {
  struct step *step = timer->owner;
  struct loop *loop = &step->supervisor->loop;
  loop_stop(loop, timer);
  if (cgroup_oom_kills(&step->supervisor->cgroups, step->sandbox->cgroup) > 0) {
    step_stop(step, REASON_OOM, 0);
  } else if (step->oom_looks > 0) {
    step->oom_looks--;
    loop_start(loop, timer, monotonic_now() + OOM_PAUSE_MS * MILLISECOND_NS);
  }
}

static void on_oom(struct watch *watch, uint32_t events) {
  struct step *step = watch->owner;
  char drained[4096];
  (void)events;
  while (RETRY(read(watch->fd, drained, sizeof drained)) > 0) {
  }
  /* The event also comes when a cgroup is at its limit, or goes: the counter tells. On v1 it comes
   * before the kernel has chosen whom to kill, and not again: so look for a while. */
  step->oom_looks = OOM_LOOKS;
  look_for_kill(&step->oom_timer);
}

static void watch_oom(struct step *step) {
  step->oom.fd = cgroup_watch_oom(&step->supervisor->cgroups, step->sandbox->cgroup);
  if (step->oom.fd >= 0) { /* no memory cgroup: nothing to watch */
    step->oom.ready = on_oom;
    step->oom.owner = step;
    step->oom_timer = (struct timer){.fire = look_for_kill, .owner = step};
    if (loop_add(&step->supervisor->loop, &step->oom, EPOLLIN) < 0) {
      close_and_forget(&step->oom.fd);
    }
  }
}

static int add_root(struct step *step, int *fds, struct failure *why) {
  struct root *root = root_find(step->supervisor, step->run.root);
  if (root == NULL) {
    return fail_with(why, ENOENT, "root", "/roots", "root %u went away", step->run.root);
  }
  char name[16];
  snprintf(name, sizeof name, "%u", step->run.root);
  unsigned flags = (step->run.flags & RUN_READ_ONLY_ROOT) != 0 ? MOUNT_READ_ONLY : 0;
  fds[RUN_ROOT] = clone_tree(step->supervisor->places.roots, name, flags, why);
  if (fds[RUN_ROOT] < 0) {
    return -1;
  }
  root->users++;
  step->sandbox->root = root;
  return 0;
}

/* The files and the pipe; the supervisor keeps a reading end, so that nothing is lost when the kernel
 * kills process 1 for memory. */
static int add_output(struct step *step, int *fds, struct failure *why) {
  int ends[2];
  fds[RUN_OUTPUT] = open_record_file(step->record, "output", why);
  fds[RUN_INDEX] = fds[RUN_OUTPUT] < 0 ? -1 : open_record_file(step->record, "output.index", why);
  if (fds[RUN_INDEX] < 0) {
    return -1;
  }
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return fail(why, "pipe", "output");
  }
  fds[RUN_PIPE_READER] = ends[0];
  fds[RUN_PIPE_WRITER] = ends[1];
  step->output = fcntl(fds[RUN_OUTPUT], F_DUPFD_CLOEXEC, 0);
  step->pipe_reader = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
  return step->output < 0 || step->pipe_reader < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0
             ? fail(why, "pipe", "output")
             : 0;
}

static int add_sources(struct step *step, int *fds, int *count, struct failure *why) {
  const struct mount_list *mounts = &step->run.mounts;
  for (uint32_t i = 0; i < mounts->count; i++) {
    if (mount_has_source(&mounts->steps[i])) {
      fds[*count] = mount_source(&step->supervisor->places, &mounts->steps[i], why);
      if (fds[(*count)++] < 0) {
        return -1;
      }
    }
  }
  return 0;
}

static int send_run(struct step *step, int *fds, int *count, struct failure *why) {
  *count = RUN_SOURCES;
  if (cgroup_write(&step->supervisor->cgroups, step->sandbox->cgroup, &step->run.cgroup_writes,
                   why) < 0 ||
      add_root(step, fds, why) < 0 || add_output(step, fds, why) < 0 ||
      add_sources(step, fds, count, why) < 0) {
    return -1;
  }
  struct order order = {.kind = ORDER_RUN, .length = (uint32_t)step->length};
  return send_order(step->sandbox->control.fd, &order, step->body, fds, *count) < 0
             ? fail(why, "start-sandbox", "process 1")
             : 0;
}

/* Gives the step its sandbox and sends the order to run. */
static void start(struct step *step, struct sandbox *sandbox) {
  struct supervisor *supervisor = step->supervisor;
  struct failure why;
  int fds[RUN_DESCRIPTORS_MAX], count;
  memset(fds, -1, sizeof fds);
  step->sandbox = sandbox;
  sandbox->step = step;
  step->phase = PHASE_STARTING;
  int result = send_run(step, fds, &count, &why);
  for (int i = 0; i < count; i++) {
    cleanup_fd_value(&fds[i]);
  }
  forget_secrets(step);
  if (result < 0) {
    sandbox_kill(sandbox);
    step_fail(step, OUTCOME_SETUP_FAILED, &why);
  } else {
    watch_oom(step);
    disk_watch(step);
    step->setup_timer = (struct timer){.fire = on_setup_timeout, .owner = step};
    loop_start(&supervisor->loop, &step->setup_timer,
               monotonic_now() + SETUP_TIMEOUT_S * SECOND_NS);
  }
  sandboxes_refill(supervisor);
}

void steps_start_waiting(struct supervisor *supervisor) {
  /* The oldest is last in the list. */
  for (;;) {
    struct step *oldest = NULL;
    for (struct step *step = supervisor->steps; step != NULL; step = step->next) {
      oldest = step->phase == PHASE_WAITING ? step : oldest;
    }
    struct sandbox *sandbox =
        oldest == NULL ? NULL : sandbox_take(supervisor, oldest->run.network);
    if (sandbox == NULL) {
      return;
    }
    start(oldest, sandbox);
  }
}

void steps_fail_waiting(struct supervisor *supervisor, const struct failure *why) {
  struct step *oldest = NULL;
  for (struct step *step = supervisor->steps; step != NULL; step = step->next) {
    oldest = step->phase == PHASE_WAITING ? step : oldest;
  }
  if (oldest != NULL) {
    step_fail(oldest, OUTCOME_SETUP_FAILED, why);
  }
}

/* 0 when the step can be accepted, else an error code. */
static uint32_t check(struct step *step, struct failure *why) {
  struct supervisor *supervisor = step->supervisor;
  unsigned count = 0;
  for (struct step *other = supervisor->steps; other != NULL; other = other->next) {
    count++;
    if (strcmp(other->run.step, step->run.step) == 0) {
      fail_with(why, EEXIST, "run", step->run.step, "a step of this name is running");
      return ERROR_EXISTS;
    }
  }
  if (count >= LIMIT_STEPS) {
    fail_with(why, EAGAIN, "run", step->run.step, "at most %d steps at once", LIMIT_STEPS);
    return ERROR_LIMIT;
  }
  if (run_request_check(&step->run, why) < 0) {
    return ERROR_INVALID;
  }
  if ((step->run.flags & RUN_NO_NEW_PRIVS) == 0 && !supervisor->options->allow_new_privileges) {
    fail_with(why, EPERM, "run", "flags", "this supervisor was started without new privileges");
    return ERROR_INVALID;
  }
  if (root_find(supervisor, step->run.root) == NULL) {
    fail_with(why, ENOENT, "run", step->run.step, "no root %u", step->run.root);
    return ERROR_NOT_FOUND;
  }
  if (open_record(step, why) < 0) {
    return ERROR_INVALID;
  }
  if (faccessat(step->record, "output", F_OK, 0) == 0) {
    fail_with(why, EEXIST, "record", step->run.record, "is another step's");
    return ERROR_EXISTS;
  }
  return 0;
}

bool steps_run(struct supervisor *supervisor, const struct request *request) {
  struct step *step = calloc(1, sizeof *step);
  struct failure why;
  if (step == NULL) {
    fail_with(&why, ENOMEM, "run", "step", "no memory");
    client_send_error(supervisor, request->id, ERROR_LIMIT, &why);
    return true;
  }
  step->supervisor = supervisor;
  step->request = request->id;
  step->arrived = monotonic_now();
  step->record = step->output = step->pipe_reader = step->oom.fd = -1;
  step->length = request->length;
  step->body = malloc(request->length + 1);
  struct reader in = {
      .at = request->body, .end = request->body + request->length, .arena = &step->arena};
  bool is_understood = step->body != NULL && run_request_read(&in, &step->run);
  uint32_t code = is_understood ? check(step, &why) : 0;
  if (!is_understood || code != 0) {
    step_free(step);
    if (code != 0) {
      client_send_error(supervisor, request->id, code, &why);
    }
    return is_understood;
  }
  memcpy(step->body, request->body, request->length);
  step->next = supervisor->steps;
  supervisor->steps = step;
  loop_stop(&supervisor->loop, &supervisor->orphan_timer);
  steps_start_waiting(supervisor);
  return true;
}

void steps_forget_requests(struct supervisor *supervisor) {
  for (struct step *step = supervisor->steps; step != NULL; step = step->next) {
    step->request = 0;
  }
}

void steps_list(const struct supervisor *supervisor, struct buffer *out) {
  uint32_t count = 0;
  for (const struct step *step = supervisor->steps; step != NULL; step = step->next) {
    count++;
  }
  write_u32(out, count);
  for (const struct step *step = supervisor->steps; step != NULL; step = step->next) {
    write_string(out, step->run.step);
    write_string(out, step->run.record);
    write_u32(out, step->run.root);
    write_u32(out, step->phase == PHASE_RUNNING ? STEP_RUNNING : STEP_STARTING);
    write_u64(out, step->started);
    write_u64(out, step->started_real);
  }
}

void steps_stop(struct supervisor *supervisor, uint64_t grace) {
  struct step *next;
  for (struct step *step = supervisor->steps; step != NULL; step = next) {
    next = step->next;
    step_stop(step, REASON_CANCEL, grace);
  }
}

uint32_t step_order(struct supervisor *supervisor, const char *id, const struct order *order,
                    struct failure *why) {
  struct step *step = find(supervisor, id, why);
  if (step == NULL) {
    return ERROR_NOT_FOUND;
  }
  if (order->kind == ORDER_STOP) {
    step_stop(step, order->a, order->c);
    return 0;
  }
  if (step->phase != PHASE_RUNNING) {
    fail_with(why, EAGAIN, "step", id, "has not started yet");
    return ERROR_NOT_FOUND;
  }
  if (send_order(step->sandbox->control.fd, order, NULL, NULL, 0) < 0) {
    fail(why, "step", id);
    return ERROR_FAILED;
  }
  return 0;
}

uint32_t step_cgroup(struct supervisor *supervisor, const char *id, uint64_t *cgroup,
                     struct failure *why) {
  struct step *step = find(supervisor, id, why);
  if (step == NULL || step->sandbox == NULL) {
    return ERROR_NOT_FOUND;
  }
  *cgroup = step->sandbox->cgroup;
  return 0;
}
