/* Steps: which there are, and what is asked of them. */
#include "steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "disk.h"
#include "guest_stream.h"
#include "machine_steps.h"
#include "protocol.h"
#include "roots.h"
#include "step_end.h"
#include "step_start.h"

static struct step *find(struct supervisor *supervisor, const char *id, struct failure *why) {
  for (struct step *step = supervisor->steps; step != NULL; step = step->next) {
    if (strcmp(step->run.step, id) == 0) {
      return step;
    }
  }
  fail_with(why, ENOENT, "step", id, "no such step is running");
  return NULL;
}

static void wipe_strings(const struct strings *strings) {
  for (uint32_t i = 0; i < strings->count; i++) {
    explicit_bzero(strings->items[i], strlen(strings->items[i]));
  }
}

void step_forget_secrets(struct step *step) {
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
  machine_step_forget(step);
  guest_stream_close(step);
  disk_forget(step);
  step_forget_secrets(step);
  close_and_forget(&step->record);
  close_and_forget(&step->output);
  close_and_forget(&step->pipe_reader);
  buffer_free(&step->readings);
  arena_free(&step->arena);
  free(step);
  supervisor_consider_end(supervisor);
}

/* For a sandbox, and not for a machine. */
static bool is_waiting(const struct step *step) {
  return step->phase == PHASE_WAITING && step->machine == NULL;
}

/* The oldest is last in the list. */
static struct step *find_waiting(const struct supervisor *supervisor) {
  struct step *oldest = NULL;
  for (struct step *step = supervisor->steps; step != NULL; step = step->next) {
    oldest = is_waiting(step) ? step : oldest;
  }
  return oldest;
}

void steps_start_waiting(struct supervisor *supervisor) {
  for (;;) {
    struct step *oldest = find_waiting(supervisor);
    struct sandbox *sandbox =
        oldest == NULL ? NULL : sandbox_take(supervisor, oldest->run.network);
    if (sandbox == NULL) {
      return;
    }
    step_start(oldest, sandbox);
  }
}

void steps_fail_waiting(struct supervisor *supervisor, const struct failure *why) {
  struct step *oldest = find_waiting(supervisor);
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
  if (((step->run.flags & RUN_BY_RUNTIME) != 0) != supervisor->options->runtime) {
    fail_with(why, EINVAL, "run", "flags", "steps of a supervisor all go through a runtime, or none");
    return ERROR_INVALID;
  }
  if (supervisor->options->chroots != NULL && (step->run.flags & RUN_NESTING) != 0) {
    fail_with(why, EINVAL, "run", "flags", "a chroot gives no namespaces");
    return ERROR_INVALID;
  }
  if (root_find(supervisor, step->run.root) == NULL) {
    fail_with(why, ENOENT, "run", step->run.step, "no root %u", step->run.root);
    return ERROR_NOT_FOUND;
  }
  return step_check_record(step, why);
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
  step->pump.index = step->stream.fd = -1;
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
  struct machine *machine = root_find(supervisor, step->run.root)->machine;
  if (machine != NULL) {
    machine_run(machine, step);
  } else {
    supervisor->changes++; /* it may write where a guest reads */
    steps_start_waiting(supervisor);
  }
  return true;
}

unsigned steps_count_waiting(const struct supervisor *supervisor, uint32_t network) {
  unsigned count = 0;
  for (const struct step *step = supervisor->steps; step != NULL; step = step->next) {
    count += is_waiting(step) && step->run.network == network;
  }
  return count;
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
    write_u32(out, step->phase >= PHASE_RUNNING ? STEP_RUNNING : STEP_STARTING);
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

int step_send(struct step *step, const struct order *order) {
  return step->machine != NULL ? machine_step_order(step, order)
                               : send_order(step->sandbox->control.fd, order, NULL, NULL, 0);
}

void steps_resume(struct supervisor *supervisor) {
  for (struct step *step = supervisor->steps; step != NULL; step = step->next) {
    guest_stream_resume(step);
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
  if (step_send(step, order) < 0) {
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
