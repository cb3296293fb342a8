/* Mount operations: read from a request, made into detached mounts, put in their place. */
#ifndef STEPBOX_MOUNTS_H
#define STEPBOX_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "paths.h"
#include "wire.h"

struct mount_step {
  unsigned kind;
  unsigned flags;
  char *target;          /* relative to the root; also the path of mkdir, symlink and file */
  char *source;          /* bind: absolute; symlink: its text */
  struct strings lowers; /* overlay, topmost first */
  char *upper;
  char *work;
  uint64_t size;
  uint64_t inodes;
  uint32_t mode;
  struct bytes content;
  struct strings controllers; /* cgroup: of a hierarchy of version 1; none for version 2 */
};

struct mount_list {
  struct mount_step *steps;
  uint32_t count;
};

void read_mounts(struct reader *in, struct mount_list *list);

/* True when the operation needs a mount that only the supervisor can make (it alone sees /store). */
bool mount_has_source(const struct mount_step *step);
/* That mount, detached; -1 on failure. */
int mount_source(const struct places *places, const struct mount_step *step, struct failure *why);
/* Carries the operation out below `root`; `source` is what mount_source made, or -1. */
int mount_place(int root, const struct mount_step *step, int source, struct failure *why);

/* A detached new tmpfs. `options` are key, value, …, NULL. */
int make_filesystem(const char *type, const char *const *options, unsigned attributes,
                    struct failure *why);
/* A detached, recursive copy of the mount tree at `path` below `dir` with further restrictions. */
int clone_tree(int dir, const char *path, unsigned mount_flags, struct failure *why);
/* Attaches the detached mount `mount` on the open file or directory `target`. */
int attach(int mount, int target);

/* Makes `root`, which is attached on the present root, the root, and drops everything below it. */
int switch_root(int root, struct failure *why);

/* Makes the kernel's overlay features known early; true when lowers go by descriptor. */
bool overlay_takes_descriptors(void);

#endif
