/* Steps as the supervisor sees them, from RUN to the exit record. */
#ifndef STEPBOX_STEPS_H
#define STEPBOX_STEPS_H

#include "orders.h"
#include "protocol.h"
#include "pump.h"
#include "record.h"
#include "requests.h"
#include "run_request.h"
#include "sandboxes.h"
#include "supervisor.h"
#include "wire.h"

enum step_phase {
  PHASE_WAITING, /* for a sandbox */
  PHASE_STARTING,
  PHASE_RUNNING,
  PHASE_MEASURED, /* ended, but for what it wrote; has no sandbox any more */
};

struct step {
  struct step *next;
  struct supervisor *supervisor;
  struct sandbox *sandbox;
  enum step_phase phase;
  uint32_t request; /* RUN's id while its client is connected and has no answer; else 0 */
  uint64_t arrived; /* monotonic */
  uint64_t started;
  uint64_t started_real;
  uint32_t reason; /* decided here: oom, disk */
  unsigned char *body;
  size_t length;
  struct arena arena;
  struct run_request run;
  int record;
  int output;
  int pipe_reader;
  struct watch oom;
  struct timer oom_timer;
  unsigned oom_looks; /* left, for the kill that the event announced */
  struct timer setup_timer;
  struct disk_watch *disk;
  struct exit_facts end;
  struct buffer readings; /* of its cgroup, at its end */
  struct machine *machine; /* in which it runs, or NULL */
  uint32_t guest_request;  /* RUN's id there */
  struct pump pump;        /* what comes from there */
  struct timer flush;
  struct failure lost; /* why its machine died while it ran */
  struct watch stream; /* in a guest: its output, which goes to the client */
};

/* False when the body is malformed. */
bool steps_run(struct supervisor *supervisor, const struct request *request);
/* A sandbox became ready. */
void steps_start_waiting(struct supervisor *supervisor);
/* A sandbox could not be made: the step that waits longest does not start. */
void steps_fail_waiting(struct supervisor *supervisor, const struct failure *why);
/* How many wait for a sandbox with this kind of network. */
unsigned steps_count_waiting(const struct supervisor *supervisor, uint32_t network);
/* A guest's client takes output again. */
void steps_resume(struct supervisor *supervisor);
void steps_forget_requests(struct supervisor *supervisor);
void steps_list(const struct supervisor *supervisor, struct buffer *out);
/* Stops all of them. */
void steps_stop(struct supervisor *supervisor, uint64_t grace);

void step_report(struct step *step, const struct report *report);
/* Process 1 died, with this wait status, without having reported the end of the step. */
void step_lost(struct step *step, int status);
/* The virtual machine died in which it was, for this reason. */
void step_lost_with(struct step *step, const struct failure *why);
/* Ends the step at once or after a grace, for a reason. */
void step_stop(struct step *step, uint32_t reason, uint64_t grace);

/* Whether the step makes cgroups below its own. */
static inline bool step_is_delegated(const struct step *step) {
  return (step->run.flags & RUN_NESTING) != 0;
}

/* Sends an order to where the step runs. */
int step_send(struct step *step, const struct order *order);

/* These return 0 or an error code of the protocol. */
uint32_t step_order(struct supervisor *supervisor, const char *id, const struct order *order,
                    struct failure *why);
uint32_t step_cgroup(struct supervisor *supervisor, const char *id, uint64_t *cgroup,
                     struct failure *why);

#endif
