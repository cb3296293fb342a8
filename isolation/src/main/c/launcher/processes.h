/* The kernel's view of processes. Where a container covers parts of its /proc, the kernel lets no namespace
 * mount a fresh one; then what the container has is shown, whose processes and numbers are another pid
 * namespace's. What a step sees of them it cannot look into: that needs capabilities in their user namespace,
 * and a step has a user namespace of its own. */
#ifndef STEPBOX_PROCESSES_H
#define STEPBOX_PROCESSES_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

/* A detached proc: fresh, or, when that is refused and `may_borrow`, a copy of the one at /proc; which it is
 * stands in `is_borrowed`. */
int processes_mount(unsigned attributes, bool may_borrow, bool *is_borrowed, struct failure *why);

/* The number by which `proc` knows the process that the caller calls `pid`; -1 when it cannot be found out.
 * The caller is dumpable. */
pid_t processes_number(int proc, bool is_borrowed, pid_t pid, struct failure *why);

enum process_execution {
  PROCESS_WAITS,    /* it lives, and has executed nothing since it was forked */
  PROCESS_EXECUTED, /* whether it lives or not */
  PROCESS_FAILED,   /* it died before, or cannot be found */
};

/* What a child of the caller, not yet reaped, has done; by its number in `proc`. */
enum process_execution processes_execution(int proc, pid_t number);

#endif
