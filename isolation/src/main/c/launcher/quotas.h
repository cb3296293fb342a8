/* What the kernel counts for a user in the whole machine, and what of it a build and a step may take. */
#ifndef STEPBOX_QUOTAS_H
#define STEPBOX_QUOTAS_H

#include <stdint.h>

#include "failure.h"

enum { QUOTA_BUILD = 2, QUOTA_STEP = 4 };

/* Leaves to each id of the calling process's user namespace one part in so many of the watches on files that
 * the user has on this machine; and to all of the namespaces below it together, as they belong to one id
 * here. `proc` is an open /proc. */
int quotas_share_watches(int proc, uint64_t parts, struct failure *why);

/* The same for queued signals and POSIX queues of the user namespaces that the calling process makes from
 * now on: the kernel takes the total of such a namespace from the limits of who makes it. */
int quotas_limit_queues(struct failure *why);

#endif
