/* Paths that come from a client or lie in trees a build may have written. Nothing here follows a
 * symbolic link or leaves the directory it starts from. */
#ifndef STEPBOX_PATHS_H
#define STEPBOX_PATHS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

/* The directories that absolute paths in requests begin with. */
struct places {
  int store;
  int host;
  int roots;
  int devices;
  bool proc_is_borrowed; /* what /proc shows are the processes of the container around */
};

enum place_set {
  IN_STORE = 1,
  IN_HOST = 2,
  IN_ROOTS = 4,
  IN_DEVICES = 8,
};

/* True when `path` is relative and has no empty, "." or ".." component. The empty path is fine. */
bool path_is_plain(const char *path);

/* Opens "/store/x", "/host/x", "/roots/1/x" or "/dev/x" when `allowed` has its place. */
int place_open(const struct places *places, unsigned allowed, const char *path, uint64_t flags,
               struct failure *why);
/* Opens the directory that holds the last component, and points `name` at that component. */
int place_open_parent(const struct places *places, unsigned allowed, const char *path,
                      const char **name, struct failure *why);

/* The same below an open directory; "" is the directory itself. */
int beneath_open(int dir, const char *path, uint64_t flags, mode_t mode);
int beneath_open_parent(int dir, const char *path, const char **name);
/* mkdir -p below `dir`, mode 0755. */
int beneath_make_directories(int dir, const char *path);

#endif
