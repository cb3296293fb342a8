/* Walking a directory tree of any depth and size, without recursion. */
#ifndef STEPBOX_WALK_H
#define STEPBOX_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "failure.h"

enum { WALK_PATH_MAX = 4096 };

struct walk_entry {
  int parent;       /* open directory */
  const char *name; /* in it; "" for the tree itself */
  const char *path; /* relative to the tree, or NULL when longer than WALK_PATH_MAX */
  const struct stat *status;
  size_t depth; /* 0: the first level below the tree */
};

enum { WALK_SKIP = 1 };

/* Each returns 0 to go on, -1 to stop with `why`; `entry` also WALK_SKIP to not go into a directory. Those
 * that are NULL are not called. */
struct walk_visitor {
  void *owner;
  /* Every entry; a directory before what is in it. */
  int (*entry)(void *owner, const struct walk_entry *entry, struct failure *why);
  /* A directory, after everything in it. */
  int (*leave)(void *owner, const struct walk_entry *entry, struct failure *why);
  bool is_flat; /* not below the first level */
  /* For a tree that others change: counts directories that were seen and then moved or replaced. Else NULL,
   * and only those that are gone are passed over. */
  uint64_t *vanished;
};

/* `root` is an open directory and stays open. Links are never followed. */
int walk_tree(int root, const struct walk_visitor *visitor, struct failure *why);

/* A set of inodes, for hard links. */
struct inode_set {
  struct inode_slot *slots;
  size_t capacity;
  size_t count;
};

/* The value stored for the inode when it is there; else stores `value` and returns NULL. The value
 * is copied. `has_memory` becomes false when the set could not grow. */
const char *inode_set_add(struct inode_set *set, const struct stat *status, const char *value,
                          bool *has_memory);
void inode_set_free(struct inode_set *set);

#endif
