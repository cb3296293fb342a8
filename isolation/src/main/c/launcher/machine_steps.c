/* Steps in a machine: the request goes to the guest as it came; output and end come back. Records, output
 * files, time and disk are kept here, where the guest cannot reach them. */
#include "machine_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"
#include "egress.h"
#include "kernel.h"
#include "protocol.h"
#include "step_end.h"
#include "step_start.h"

/* A guest that counts more than this does not tell the truth. */
#define NUMBER_MAX (1ULL << 60)

enum {
  SETUP_TIMEOUT_S = 120, /* twice a container's: the guest may be emulated */
  PATIENCE_S = 20,       /* what a guest may be late with an end that is due */
  READINGS_MAX = 64 * 1024,
};

static struct step *find_by_request(const struct machine *machine, uint32_t request) {
  struct step *step = request == 0 ? NULL : machine->supervisor->steps;
  while (step != NULL && (step->machine != machine || step->guest_request != request)) {
    step = step->next;
  }
  return step;
}

static struct step *find_by_name(const struct machine *machine, const char *name) {
  struct step *step = machine->supervisor->steps;
  while (step != NULL && (step->machine != machine || strcmp(step->run.step, name) != 0)) {
    step = step->next;
  }
  return step;
}

/* ---- to the guest */

static bool is_shown(const struct machine *machine, const struct mount_step *mount) {
  bool is_read_only = (mount->flags & MOUNT_READ_ONLY) != 0;
  for (const struct shown_source *shown = machine->sources; shown != NULL; shown = shown->next) {
    if (strcmp(shown->path, mount->source) == 0 && (is_read_only || !shown->is_read_only)) {
      return true;
    }
  }
  return false;
}

static int make_place(int share, const char *path, int source) {
  struct stat status;
  const char *name;
  if (fstat(source, &status) < 0) {
    return -1;
  }
  if (S_ISDIR(status.st_mode)) {
    return beneath_make_directories(share, path);
  }
  char parent[4096];
  const char *slash = strrchr(path, '/');
  snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
  if (beneath_make_directories(share, parent) < 0) {
    return -1;
  }
  cleanup_fd int dir = beneath_open_parent(share, path, &name);
  cleanup_fd int file = dir < 0 ? -1 : openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  return file < 0 ? -1 : 0;
}

static int put_here(int source, const char *path) {
  cleanup_fd int share = open("/share", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (share < 0 || make_place(share, path, source) < 0) {
    return -1;
  }
  cleanup_fd int place = beneath_open(share, path, O_PATH, 0);
  return place < 0 ? -1 : attach(source, place);
}

/* By a child, since nobody comes back from another mount namespace. */
static int put_into(int mounts, int source, const char *path) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    _exit(kernel_setns(mounts, CLONE_NEWNS) < 0 || put_here(source, path) < 0 ? errno : 0);
  }
  if (child < 0 || RETRY(waitpid(child, &status, 0)) < 0) {
    return -1;
  }
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
  return errno == 0 ? 0 : -1;
}

/* The keeper has sent it, before it started the guest. */
static int learn_mounts(struct machine *machine) {
  struct order order;
  int fds[ORDER_DESCRIPTORS_MAX], count = 0;
  if (machine->mounts < 0 &&
      receive_order(machine->control, &order, NULL, 0, fds, &count) == 0 && count == 1) {
    machine->mounts = fds[0];
  }
  return machine->mounts < 0 ? -1 : 0;
}

/* Puts the source of a mount where the guest finds it under the same name. */
static int show(struct machine *machine, const struct mount_step *mount, struct failure *why) {
  if (strncmp(mount->source, "/store/", 7) != 0) {
    return fail_with(why, EINVAL, "machine-show", mount->source, "is not in the store");
  }
  if (is_shown(machine, mount)) {
    return 0;
  }
  size_t length = strlen(mount->source);
  cleanup_fd int source = mount_source(&machine->supervisor->places, mount, why);
  if (source < 0) {
    return -1;
  }
  struct shown_source *shown = malloc(sizeof *shown + length + 1);
  if (shown == NULL || learn_mounts(machine) < 0 ||
      put_into(machine->mounts, source, mount->source + 1) < 0) {
    free(shown);
    return fail(why, "machine-show", mount->source);
  }
  shown->is_read_only = (mount->flags & MOUNT_READ_ONLY) != 0;
  memcpy(shown->path, mount->source, length + 1);
  shown->next = machine->sources;
  machine->sources = shown;
  return 0;
}

static int show_all(struct machine *machine, const struct mount_list *mounts, struct failure *why) {
  for (uint32_t i = 0; i < mounts->count; i++) {
    if (mount_has_source(&mounts->steps[i]) && show(machine, &mounts->steps[i], why) < 0) {
      return -1;
    }
  }
  return 0;
}

static void on_overdue(struct timer *timer) {
  struct step *step = timer->owner;
  struct failure why;
  step->reason = step->reason == REASON_NONE && step->phase == PHASE_RUNNING ? REASON_TIMEOUT
                                                                             : step->reason;
  fail_with(&why, ETIMEDOUT, "machine", "virtual machine", "has not answered in time");
  machine_fail(step->machine, &why);
}

static void expect_within(struct step *step, uint64_t time) {
  step->setup_timer = (struct timer){.fire = on_overdue, .owner = step};
  loop_start(&step->supervisor->loop, &step->setup_timer, monotonic_now() + time);
}

/* Others may have changed files since the guest looked at them last. */
static void send_forget(struct machine *machine) {
  if (machine->changes_seen != machine->supervisor->changes) {
    frame_end(&machine->out, frame_begin(&machine->out, REQUEST_FORGET, 0, ++machine->last_request));
  }
}

static int forward(struct step *step, struct failure *why) {
  struct machine *machine = step->machine;
  if (step_make_record(step, why) < 0 || step_open_files(step, why) < 0 ||
      show_all(machine, &step->run.mounts, why) < 0) {
    return -1;
  }
  send_forget(machine);
  machine->changes_seen = ++machine->supervisor->changes; /* for machines that share its workspace */
  step->guest_request = ++machine->last_request;
  size_t frame = frame_begin(&machine->out, REQUEST_RUN, 0, step->guest_request);
  write_raw(&machine->out, step->body, step->length);
  frame_end(&machine->out, frame);
  return 0;
}

void machine_step_go(struct step *step) {
  struct machine *machine = step->machine;
  struct failure why;
  if (forward(step, &why) < 0) {
    step_fail(step, OUTCOME_SETUP_FAILED, &why);
    return;
  }
  step_forget_secrets(step);
  expect_within(step, SETUP_TIMEOUT_S * SECOND_NS);
  machine_flush(machine);
}

static void start(struct step *step) {
  struct failure why;
  step->phase = PHASE_STARTING;
  if (step->run.network == NETWORK_BUILD && egress_await(step->supervisor, &why) < 0) {
    step_fail(step, OUTCOME_SETUP_FAILED, &why);
  } else if (!disk_watch(step)) {
    machine_step_go(step);
  }
}

void machine_run(struct machine *machine, struct step *step) {
  step->machine = machine;
  if (machine->state == MACHINE_DEAD) {
    step_fail(step, OUTCOME_SETUP_FAILED, &machine->why);
  } else if (step->run.network == NETWORK_HOST) {
    struct failure why;
    fail_with(&why, EINVAL, "run", step->run.step, "a virtual machine has no network of the host");
    step_fail(step, OUTCOME_SETUP_FAILED, &why);
  } else if (machine->state == MACHINE_READY) {
    start(step);
  }
}

/* Those of a machine: from the oldest, which is last in the list. */
static struct step *find_oldest(const struct machine *machine, enum step_phase before) {
  struct step *oldest = NULL;
  for (struct step *step = machine->supervisor->steps; step != NULL; step = step->next) {
    oldest = step->machine == machine && step->phase < before ? step : oldest;
  }
  return oldest;
}

void machine_start_waiting(struct machine *machine) {
  for (struct step *step; (step = find_oldest(machine, PHASE_STARTING)) != NULL;) {
    start(step);
  }
}

void machine_lose_steps(struct machine *machine) {
  for (struct step *step; (step = find_oldest(machine, PHASE_MEASURED)) != NULL;) {
    step_lost_with(step, &machine->why);
  }
}

int machine_step_order(struct step *step, const struct order *order) {
  struct machine *machine = step->machine;
  struct buffer *out = &machine->out;
  if (machine->state == MACHINE_DEAD) {
    return -1;
  }
  static const uint16_t types[] = {[ORDER_STOP] = REQUEST_CANCEL,
                                   [ORDER_SIGNAL] = REQUEST_SIGNAL,
                                   [ORDER_RESIZE] = REQUEST_RESIZE};
  size_t frame = frame_begin(out, types[order->kind], 0, ++machine->last_request);
  write_string(out, step->run.step);
  if (order->kind == ORDER_STOP) {
    write_u64(out, order->c);
    expect_within(step, order->c * MILLISECOND_NS + PATIENCE_S * SECOND_NS);
  } else {
    write_u32(out, order->a);
    write_u32(out, order->b);
  }
  frame_end(out, frame);
  machine_flush(machine);
  return 0;
}

/* ---- from the guest */

static bool on_started(struct step *step) {
  if (step == NULL || step->phase != PHASE_STARTING) {
    return false;
  }
  struct report report = {
      .kind = REPORT_STARTED, .monotonic = monotonic_now(), .real = real_now()};
  step_report(step, &report);
  if (step->run.timeout != 0) {
    expect_within(step, (step->run.timeout + step->run.grace) * MILLISECOND_NS +
                            PATIENCE_S * SECOND_NS);
  }
  return true;
}

static bool on_refused(struct step *step, struct reader *in) {
  struct failure why = {0};
  uint32_t code = read_u32(in);
  uint32_t error = read_u32(in);
  const char *operation = read_string(in);
  const char *object = read_string(in);
  const char *text = read_string(in);
  if (!read_end(in)) {
    return false;
  }
  if (step != NULL && step->phase == PHASE_STARTING) {
    fail_with(&why, (int)error, operation, object, "%s", text);
    step_fail(step, code == ERROR_EXEC ? OUTCOME_EXEC_FAILED : OUTCOME_SETUP_FAILED, &why);
  }
  return true; /* an order that came too late is refused, too */
}

static void on_flush(struct timer *timer) {
  struct step *step = timer->owner;
  pump_flush(&step->pump);
}

static bool on_output(struct machine *machine, struct reader *in) {
  struct step *step = find_by_name(machine, read_string(in));
  struct bytes data = read_bytes(in);
  if (!read_end(in)) {
    return false;
  }
  if (step == NULL || step->phase > PHASE_RUNNING || step->output < 0) {
    return true;
  }
  pump_take(&step->pump, data.data, data.length);
  uint64_t due = pump_flush_due(&step->pump);
  if (due != 0 && step->flush.due == 0) {
    step->flush = (struct timer){.fire = on_flush, .owner = step};
    loop_start(&machine->supervisor->loop, &step->flush, due);
  }
  return true;
}

/* What the guest read of the step's cgroup, when it has the form that it must have. */
static bool are_readings(struct reader in) {
  uint32_t count = read_count(&in, 16);
  for (uint32_t i = 0; i < count && !in.bad; i++) {
    read_string(&in);
    read_string(&in);
    read_u32(&in);
    read_bytes(&in);
  }
  return read_end(&in);
}

static bool on_exited(struct machine *machine, struct reader *in) {
  struct step *step = find_by_name(machine, read_string(in));
  uint32_t outcome = read_u32(in);
  struct report report = {.kind = REPORT_EXITED, .monotonic = monotonic_now(), .real = real_now()};
  report.status = (int32_t)read_u32(in);
  report.reason = read_u32(in);
  report.flags = read_u32(in) & EXIT_KILLED;
  read_u32(in);
  read_string(in);
  read_string(in);
  uint64_t numbers[11];
  for (size_t i = 0; i < COUNT_OF(numbers); i++) {
    numbers[i] = read_u64(in);
    numbers[i] = numbers[i] > NUMBER_MAX ? 0 : numbers[i];
  }
  report.oom_kills = numbers[7];
  report.refused_forks = numbers[8];
  report.user = numbers[9];
  report.system = numbers[10];
  if (in->bad || outcome != OUTCOME_EXECUTED || report.reason > REASON_LOST) {
    return false;
  }
  if (step == NULL || step->phase != PHASE_RUNNING) {
    return step == NULL;
  }
  /* The guest's own clock tells how long it took; what it sends may be late. */
  uint64_t took = numbers[2] - numbers[0];
  if (took <= report.monotonic - step->arrived && report.monotonic - took < step->started) {
    uint64_t late = step->started - (report.monotonic - took);
    step->started -= late;
    step->started_real -= late;
  }
  pump_flush(&step->pump);
  report.output = step->pump.offset;
  report.dropped = step->pump.dropped + numbers[6];
  report.flags |= report.dropped > 0 ? EXIT_OUTPUT_CUT : 0;
  size_t length = (size_t)(in->end - in->at);
  if (length <= READINGS_MAX && are_readings(*in)) {
    write_raw(&step->readings, in->at, length);
  }
  loop_stop(&machine->supervisor->loop, &step->setup_timer);
  step_report(step, &report);
  return true;
}

bool machine_frame(struct machine *machine, unsigned type, uint32_t request, struct reader *in) {
  switch (type) {
    case TYPE_REPLY | REQUEST_RUN:
      return on_started(find_by_request(machine, request));
    case TYPE_ERROR:
      return on_refused(find_by_request(machine, request), in);
    case EVENT_OUTPUT:
      return on_output(machine, in);
    case EVENT_EXITED:
      return on_exited(machine, in);
    default:
      return type > TYPE_REPLY; /* answers to orders */
  }
}

void machine_step_forget(struct step *step) {
  loop_stop(&step->supervisor->loop, &step->flush);
  close_and_forget(&step->pump.index);
}
