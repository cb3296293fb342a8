/* What a step's process 1 reports, and the end of the step. */
#include "step_end.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "client.h"
#include "disk.h"
#include "guest_stream.h"
#include "protocol.h"
#include "pump.h"
#include "record.h"

#define cleanup_buffer __attribute__((cleanup(buffer_free)))

static uint64_t cgroup_of(const struct step *step) {
  return step->sandbox == NULL ? 0 : step->sandbox->cgroup;
}

static uint64_t oom_kills_of(const struct step *step) {
  return cgroup_oom_kills(&step->supervisor->cgroups, cgroup_of(step), step_is_delegated(step));
}

static uint64_t refused_forks_of(const struct step *step) {
  return cgroup_refused_forks(&step->supervisor->cgroups, cgroup_of(step), step_is_delegated(step));
}

/* Writes the record, then hands the same bytes to the client as an event when the step was executed. */
static void publish(struct step *step) {
  const struct exit_facts *facts = &step->end;
  struct supervisor *supervisor = step->supervisor;
  struct failure why;
  cleanup_buffer struct buffer body = {0};
  guest_stream_drain(step);
  write_exit_facts(&body, facts);
  write_raw(&body, step->readings.data + step->readings.start, buffer_length(&step->readings));
  /* A full disk: the event still tells, and whoever missed it finds a step without a record. */
  if (body.bad || step->record < 0 || record_write(step->record, &body, &why) < 0) {
    errno = 0;
  }
  if (facts->outcome == OUTCOME_EXECUTED && !body.bad) {
    struct buffer *out = client_out(supervisor);
    size_t frame = frame_begin(out, EVENT_EXITED, 0, 0);
    write_raw(out, body.data + body.start, buffer_length(&body));
    frame_end(out, frame);
    client_flush(supervisor);
  } else if (facts->outcome == OUTCOME_EXECUTED && client_is_connected(supervisor)) {
    /* Without memory to tell it, it must not wait: whoever comes back finds the step lost. */
    client_close(supervisor);
  }
}

/* While there is still a cgroup to read. */
static void read_usage(struct step *step) {
  if (step->machine != NULL) {
    if (buffer_length(&step->readings) == 0) {
      write_u32(&step->readings, 0); /* it did not come to its end */
    }
    return; /* the guest has read it */
  }
  cgroup_read(&step->supervisor->cgroups, cgroup_of(step), &step->run.cgroup_reads, true,
              &step->readings);
}

static void leave_sandbox(struct step *step) {
  if (step->sandbox != NULL) {
    sandbox_leave(step->sandbox);
    step->sandbox = NULL;
  }
}

static void leave(struct step *step) {
  leave_sandbox(step);
  step_free(step);
}

void step_fail(struct step *step, uint32_t outcome, const struct failure *why) {
  bool is_exec = outcome == OUTCOME_EXEC_FAILED;
  bool is_missing = why->error == ENOENT || why->error == ENOTDIR;
  step->end = (struct exit_facts){
      .step = step->run.step,
      .outcome = outcome,
      .status = !is_exec ? 0 : is_missing ? 127 : 126,
      .reason = step->reason,
      .why = why,
      .ended = monotonic_now(),
      .ended_real = real_now(),
      .oom_kills = oom_kills_of(step),
  };
  read_usage(step);
  publish(step);
  if (step->request != 0) {
    client_send_error(step->supervisor, step->request, is_exec ? ERROR_EXEC : ERROR_SETUP, why);
  }
  leave(step);
}

static void note_start(struct step *step, const struct report *report) {
  struct supervisor *supervisor = step->supervisor;
  step->phase = PHASE_RUNNING;
  step->started = report->monotonic;
  step->started_real = report->real;
  loop_stop(&supervisor->loop, &step->setup_timer);
  if (step->request == 0) {
    return;
  }
  struct buffer *out = client_out(supervisor);
  size_t frame = frame_begin(out, TYPE_REPLY | REQUEST_RUN, 0, step->request);
  write_string(out, step->run.step);
  write_u64(out, step->started);
  write_u64(out, step->started_real);
  write_u64(out, step->started - step->arrived);
  frame_end(out, frame);
  step->request = 0;
  client_flush(supervisor);
}

/* The cap that counts: one that made us stop it; memory before all; pids only when it failed. */
static uint32_t find_reason(const struct step *step, uint32_t reported, const struct exit_facts *facts) {
  if (facts->oom_kills > 0) {
    return REASON_OOM;
  }
  if (step->reason != REASON_NONE || reported != REASON_NONE) {
    return step->reason != REASON_NONE ? step->reason : reported;
  }
  return facts->refused_forks > 0 && facts->status != 0 ? REASON_PIDS : REASON_NONE;
}

static void finish(struct step *step, const struct report *report) {
  step->end = (struct exit_facts){
      .step = step->run.step,
      .outcome = OUTCOME_EXECUTED,
      .status = (uint32_t)report->status,
      .flags = report->flags,
      .started = step->started,
      .started_real = step->started_real,
      .ended = report->monotonic,
      .ended_real = report->real,
      .start = step->started - step->arrived,
      .output = report->output,
      .dropped = report->dropped,
      .oom_kills = report->oom_kills + oom_kills_of(step),
      .refused_forks = report->refused_forks + refused_forks_of(step),
      .why = step->lost.operation[0] == 0 ? NULL : &step->lost,
      .user = report->user,
      .system = report->system,
  };
  step->end.reason = find_reason(step, report->reason, &step->end);
  read_usage(step);
  if (step->end.reason != REASON_NONE || !disk_measure_last(step)) {
    step_measured(step);
    return;
  }
  step->phase = PHASE_MEASURED;
  loop_close(&step->supervisor->loop, &step->oom);
  loop_stop(&step->supervisor->loop, &step->oom_timer);
  leave_sandbox(step);
}

void step_measured(struct step *step) {
  if (step->end.reason == REASON_NONE && disk_is_exceeded(step)) {
    step->end.reason = REASON_DISK;
  }
  publish(step);
  leave(step);
}

void step_report(struct step *step, const struct report *report) {
  switch (report->kind) {
    case REPORT_STARTED:
      note_start(step, report);
      break;
    case REPORT_EXITED:
      finish(step, report);
      break;
    case REPORT_EXEC_FAILED:
      step_fail(step, OUTCOME_EXEC_FAILED, &report->why);
      break;
    default:
      step_fail(step, OUTCOME_SETUP_FAILED, &report->why);
      break;
  }
}

/* Process 1 cannot have moved what was still in the pipe. */
static void drain(struct step *step, struct report *report) {
  off_t end = lseek(step->output, 0, SEEK_END);
  struct pump pump = {.source = step->pipe_reader,
                      .output = step->output,
                      .index = -1,
                      .limit = step->run.output_limit,
                      .offset = end < 0 ? 0 : (uint64_t)end};
  pump_all(&pump);
  report->output = pump.offset;
  report->dropped = pump.dropped;
  report->flags = pump.dropped > 0 ? EXIT_OUTPUT_CUT : 0;
}

void step_lost(struct step *step, int status) {
  struct failure why;
  if (step->phase != PHASE_RUNNING) {
    fail_with(&why, EPIPE, "start-sandbox", step->run.step, "process 1 died of wait status %d", status);
    step_fail(step, OUTCOME_SETUP_FAILED, &why);
    return;
  }
  struct report report = {.kind = REPORT_EXITED,
                          .status = SIGKILL, /* as a wait status: what the kernel did to all of it */
                          .reason = REASON_LOST,
                          .monotonic = monotonic_now(),
                          .real = real_now()};
  drain(step, &report);
  finish(step, &report);
}

void step_lost_with(struct step *step, const struct failure *why) {
  if (step->phase != PHASE_RUNNING) {
    step_fail(step, OUTCOME_SETUP_FAILED, why);
    return;
  }
  struct report report = {.kind = REPORT_EXITED,
                          .status = SIGKILL,
                          .reason = REASON_LOST,
                          .monotonic = monotonic_now(),
                          .real = real_now(),
                          .output = step->pump.offset,
                          .dropped = step->pump.dropped,
                          .flags = step->pump.dropped > 0 ? EXIT_OUTPUT_CUT : 0};
  pump_flush(&step->pump);
  step->lost = *why;
  finish(step, &report);
}

void step_stop(struct step *step, uint32_t reason, uint64_t grace) {
  struct failure why;
  if (step->phase == PHASE_MEASURED) {
    return; /* nothing of it runs */
  }
  if (step->phase == PHASE_WAITING) {
    step->reason = reason;
    fail_with(&why, ECANCELED, "run", step->run.step, "cancelled before its sandbox was ready");
    step_fail(step, OUTCOME_SETUP_FAILED, &why);
    return;
  }
  struct order order = {.kind = ORDER_STOP, .a = reason, .c = grace};
  step->reason = step->reason == REASON_NONE ? reason : step->reason;
  /* EPIPE: process 1 is dead, its end is on the way. An order sent while it still sets up waits for it. */
  if (step_send(step, &order) < 0 && step->sandbox != NULL) {
    sandbox_kill(step->sandbox);
  }
}
