/* The file system view of a step: what its process 1 prepares ahead, and what it does when the step is
 * known. */
#ifndef STEPBOX_VIEW_H
#define STEPBOX_VIEW_H

#include <stdbool.h>

#include "failure.h"
#include "mounts.h"

struct view {
  int raw_proc; /* a detached, unmasked proc, for process 1 alone */
  int proc;     /* mounts that are moved into the root */
  int dev;
};

/* In a fresh mount namespace, copied from the supervisor's: leaves only an empty root with /proc (masked)
 * and /dev, and nothing that leads to the store or the host. `borrow_proc` when the supervisor has no proc of its own to
 * make, either. `has_runtime`: and in addition what an OCI runtime needs. */
int view_prepare(struct view *view, bool borrow_proc, bool has_runtime, struct failure *why);

/* Before view_enter: attaches the unmasked proc where the root will cover it. The kernel lets a namespace mount
 * a proc of its own only where one is mounted, reached or not, of which nothing is hidden. And it takes the cover
 * from /proc/sys, through which container engines set what belongs to their own namespaces. */
int view_allow_nesting(const struct view *view, struct failure *why);

/* Covers everything with `root` (a detached tree), puts /proc and /dev into it, carries out `mounts`, and
 * makes it the caller's root; `sources` are the mounts that the supervisor made, -1 where there is none. */
int view_enter(const struct view *view, int root, const struct mount_list *mounts,
               const int *sources, struct failure *why);
/* Carries out `mounts` below `root`. */
int view_place(int root, const struct mount_list *mounts, const int *sources, struct failure *why);
/* The same root for another process that shares the mounts. */
int view_follow(int root, struct failure *why);

#endif
