/* Sandboxes as the supervisor sees them: a cgroup, and in it a process 1 in namespaces of its own. They
 * are made ahead, so that a step finds one ready. */
#ifndef STEPBOX_SANDBOXES_H
#define STEPBOX_SANDBOXES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "orders.h"
#include "supervisor.h"

enum sandbox_state {
  SANDBOX_PREPARING,
  SANDBOX_READY,
  SANDBOX_TAKEN,  /* has a step */
  SANDBOX_ENDING, /* its step has reported, or never came; its processes are about to be reaped */
};

struct sandbox {
  struct sandbox *next;
  struct supervisor *supervisor;
  enum sandbox_state state;
  uint32_t network; /* network_mode: a sandbox is made for one kind of network */
  uint64_t cgroup; /* number of the child; 0: none */
  pid_t parker;    /* v1: the process that moved into the cgroup; 0 when reaped */
  pid_t init;      /* 0 when not yet known, or reaped */
  bool is_silent; /* its control socket is at its end */
  int status;     /* wait status of init */
  struct watch control;
  struct report report; /* the one being received */
  bool has_last_report; /* which is told when process 1 is gone */
  size_t received;
  struct step *step;
  struct root *root;
  struct timer preparation; /* for as long as it may take */
  struct timer removal; /* of the cgroup, when it was busy */
  unsigned removal_tries;
};

/* Starts as many preparations as are wanted. */
void sandboxes_refill(struct supervisor *supervisor);
/* A ready sandbox that can serve `network`, or NULL: then one is on its way. */
struct sandbox *sandbox_take(struct supervisor *supervisor, uint32_t network);
/* Kills process 1, and so everything in the sandbox. */
void sandbox_kill(struct sandbox *sandbox);
/* In a chroot: kills process 1, and has its step fail when that is gone. False, and nothing is done, elsewhere. */
bool sandbox_fail(struct sandbox *sandbox, const struct failure *why);
/* Its step is over: the end of process 1 is all that is waited for. */
void sandbox_leave(struct sandbox *sandbox);
/* A child was reaped; false when it is none of a sandbox. */
bool sandboxes_reaped(struct supervisor *supervisor, pid_t pid, int status);
/* Ends those that have no step. */
void sandboxes_dismiss(struct supervisor *supervisor);

#endif
