/* Resolution of untrusted paths, by openat2 only. */
#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kernel.h"

enum { RESOLVE_STRICT = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

bool path_is_plain(const char *path) {
  if (*path == 0) {
    return true;
  }
  for (const char *at = path;; at++) {
    size_t length = strcspn(at, "/");
    if (length == 0 || (length == 1 && at[0] == '.') ||
        (length == 2 && at[0] == '.' && at[1] == '.')) {
      return false;
    }
    at += length;
    if (*at == 0) {
      return true;
    }
  }
}

int beneath_open(int dir, const char *path, uint64_t flags, mode_t mode) {
  if (!path_is_plain(path)) {
    errno = EINVAL;
    return -1;
  }
  return (int)RETRY(kernel_openat2(dir, *path == 0 ? "." : path, flags, mode, RESOLVE_STRICT));
}

int beneath_open_parent(int dir, const char *path, const char **name) {
  if (*path == 0 || !path_is_plain(path)) {
    errno = EINVAL;
    return -1;
  }
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  char parent[4096];
  if (length >= sizeof parent) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(parent, path, length);
  parent[length] = 0;
  return beneath_open(dir, parent, O_PATH | O_DIRECTORY, 0);
}

int beneath_make_directories(int dir, const char *path) {
  char part[4096];
  size_t length = strlen(path);
  if (length >= sizeof part || !path_is_plain(path)) {
    errno = EINVAL;
    return -1;
  }
  for (size_t at = 0; at < length;) {
    at += strcspn(path + at, "/");
    memcpy(part, path, at);
    part[at] = 0;
    at++;
    const char *name;
    cleanup_fd int parent = beneath_open_parent(dir, part, &name);
    if (parent < 0 || (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)) {
      return -1;
    }
  }
  return 0;
}

/* The place's descriptor and the rest of the path, or -1. */
static int find_place(const struct places *places, unsigned allowed, const char *path,
                      const char **rest) {
  const struct {
    const char *prefix;
    unsigned place;
    int dir;
  } known[] = {
      {"/store", IN_STORE, places->store},
      {"/host", IN_HOST, places->host},
      {"/roots", IN_ROOTS, places->roots},
      {"/dev", IN_DEVICES, places->devices},
  };
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    size_t length = strlen(known[i].prefix);
    if (strncmp(path, known[i].prefix, length) == 0 && (path[length] == '/' || path[length] == 0) &&
        (allowed & known[i].place) != 0) {
      *rest = path[length] == 0 ? "" : path + length + 1;
      return known[i].dir;
    }
  }
  errno = EINVAL;
  return -1;
}

int place_open(const struct places *places, unsigned allowed, const char *path, uint64_t flags,
               struct failure *why) {
  const char *rest;
  int dir = find_place(places, allowed, path, &rest);
  int fd = dir < 0 ? -1 : beneath_open(dir, rest, flags, 0);
  return fd < 0 ? fail(why, "open", path) : fd;
}

int place_open_parent(const struct places *places, unsigned allowed, const char *path,
                      const char **name, struct failure *why) {
  const char *rest;
  int dir = find_place(places, allowed, path, &rest);
  int fd = dir < 0 ? -1 : beneath_open_parent(dir, rest, name);
  return fd < 0 ? fail(why, "open-parent", path) : fd;
}
