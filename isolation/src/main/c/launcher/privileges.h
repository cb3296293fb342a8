/* Taking away what a payload does not need. Called in the payload, in the order of this file. */
#ifndef STEPBOX_PRIVILEGES_H
#define STEPBOX_PRIVILEGES_H

#include "failure.h"
#include "run_request.h"

/* Every signal has its default; for a process that starts others. */
int signals_reset(struct failure *why);

/* Signal mask, scheduling, resource limits: defined, not inherited. */
int privileges_set_defaults(struct failure *why);
/* Drops every capability that is not in the mask from the bounding set. */
int privileges_bound(uint64_t capabilities, struct failure *why);
/* Umask, and the limits that the step asks for. */
int privileges_set_attributes(const struct run_request *run, struct failure *why);
/* Capabilities, ids, no_new_privs and the filter: the last thing before the exec. */
int privileges_drop(const struct run_request *run, bool is_in_chroot, struct failure *why);

#endif
