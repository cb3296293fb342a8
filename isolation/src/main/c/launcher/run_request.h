/* The body of a RUN request. */
#ifndef STEPBOX_RUN_REQUEST_H
#define STEPBOX_RUN_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroups.h"
#include "mounts.h"
#include "wire.h"

enum { STEP_ID_MAX = 64 };

struct rlimit_item {
  uint32_t resource;
  uint64_t soft;
  uint64_t hard;
};

struct run_request {
  char *step;
  char *record;
  uint32_t root;
  struct mount_list mounts;
  char *host_name;
  char *directory;
  struct strings arguments;
  struct strings environment;
  uint32_t uid;
  uint32_t gid;
  uint32_t *groups;
  uint32_t group_count;
  uint64_t capabilities;
  uint32_t flags;
  struct rlimit_item *rlimits;
  uint32_t rlimit_count;
  uint32_t umask;
  char *seccomp;
  uint32_t network;
  uint32_t rows;
  uint32_t columns;
  uint64_t timeout; /* ms */
  uint64_t grace;   /* ms */
  uint64_t output_limit;
  struct strings disk_directories;
  struct strings cache_directories; /* of which only the growth counts */
  uint64_t disk_bytes;
  uint64_t disk_inodes;
  int32_t oom_score;
  struct cgroup_files cgroup_writes;
  struct cgroup_files cgroup_reads;
  struct strings runtime; /* with RUN_BY_RUNTIME: its command, */
  struct bytes bundle;    /* and the configuration that it finds in its bundle; in the frame */
};

/* False when the body is malformed. The request lives in the reader's arena, and `content` of mounts and
 * `bundle` in the frame. */
bool run_request_read(struct reader *in, struct run_request *run);
/* Checks values that the form allows and the launcher does not. */
int run_request_check(const struct run_request *run, struct failure *why);

#endif
