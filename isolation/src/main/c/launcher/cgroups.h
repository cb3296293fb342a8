/* The build's cgroup directories and the children of them, one per sandbox. */
#ifndef STEPBOX_CGROUPS_H
#define STEPBOX_CGROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "options.h"
#include "wire.h"

struct hierarchy {
  const char *name;
  int dir; /* of the build, opened before the host's file system went out of sight */
};

struct cgroups {
  enum cgroup_version version;
  unsigned count;
  struct hierarchy hierarchies[OPTIONS_HIERARCHIES];
  uint64_t last; /* number of the newest child; 0 means none */
};

/* A file of a step's cgroup, and on writing its new content. */
struct cgroup_file {
  char *hierarchy;
  char *file;
  char *value;
};

struct cgroup_files {
  struct cgroup_file *items;
  uint32_t count;
};

int cgroups_open(struct cgroups *cgroups, const struct options *options, struct failure *why);

/* Makes the child `number` in every hierarchy. */
int cgroup_make(const struct cgroups *cgroups, uint64_t number, struct failure *why);
/* v1: puts the calling process, which must have one thread, into the child. */
int cgroup_enter(const struct cgroups *cgroups, uint64_t number, struct failure *why);
/* An open directory of the child in the hierarchy called `name` (v2: whatever its name). */
int cgroup_open(const struct cgroups *cgroups, uint64_t number, const char *name);
/* Lets these ids make cgroups below the child and move their processes there. Its limits stay ours. */
int cgroup_delegate(const struct cgroups *cgroups, uint64_t number, uint32_t uid, uint32_t gid,
                    struct failure *why);
/* Removes the child everywhere, with what is below; false when something is still busy. */
bool cgroup_remove(const struct cgroups *cgroups, uint64_t number);

/* Removes every child of a supervisor that was killed; false when something is still busy. */
bool cgroups_clear(const struct cgroups *cgroups);

void read_cgroup_files(struct reader *in, struct cgroup_files *files, bool with_value);
int cgroup_write(const struct cgroups *cgroups, uint64_t number, const struct cgroup_files *files,
                 struct failure *why);
/* For each file: i32 errno and bytes; with names in front when `with_names`. */
void cgroup_read(const struct cgroups *cgroups, uint64_t number, const struct cgroup_files *files,
                 bool with_names, struct buffer *out);

/* How often the kernel killed for memory, and refused a fork, in the child; of a delegated one, by the limits of
 * the child itself and not by those below. 0 when it cannot be known. */
uint64_t cgroup_oom_kills(const struct cgroups *cgroups, uint64_t number, bool is_delegated);
uint64_t cgroup_refused_forks(const struct cgroups *cgroups, uint64_t number, bool is_delegated);
/* Whether it counts such kills. */
bool cgroup_has_memory(const struct cgroups *cgroups, uint64_t number);
/* A descriptor that becomes readable (v1) or has a priority event (v2) after an out-of-memory event. */
int cgroup_watch_oom(const struct cgroups *cgroups, uint64_t number);

#endif
