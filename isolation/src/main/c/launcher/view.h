/* The file system view of a step: what its process 1 prepares ahead, and what it does when the step is
 * known. */
#ifndef STEPBOX_VIEW_H
#define STEPBOX_VIEW_H

#include "failure.h"
#include "mounts.h"

struct view {
  int raw_proc; /* a detached, unmasked proc, for process 1 alone */
};

/* In a fresh mount namespace, copied from the supervisor's: leaves only an empty root with /proc (masked)
 * and /dev, and nothing that leads to the store or the host. */
int view_prepare(struct view *view, struct failure *why);

/* Makes `root` (a detached tree) the root, with /proc and /dev in it, and carries out `mounts`;
 * `sources` are the mounts that the supervisor made for them, -1 where there is none. */
int view_enter(int root, const struct mount_list *mounts, const int *sources, struct failure *why);

#endif
