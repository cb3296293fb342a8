/* The command line of `supervise`, `probe` and `sweep`. */
#ifndef STEPBOX_OPTIONS_H
#define STEPBOX_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

enum {
  OPTIONS_BINDS = 64,
  OPTIONS_ID_LINES = 32,
  OPTIONS_HIERARCHIES = 16,
  OPTIONS_SLOTS_MAX = 8,
  OPTIONS_SLOTS_DEFAULT = 2,
  OPTIONS_ORPHAN_TIMEOUT_DEFAULT = 30, /* seconds */
  OPTIONS_PREPARE_TIMEOUT_DEFAULT = 60, /* seconds */
};

struct bind_option {
  char *source;
  char *target; /* "/host/…" */
  unsigned flags;
};

struct id_line {
  uint32_t inside;
  uint32_t outside;
  uint32_t count;
};

struct id_lines {
  struct id_line lines[OPTIONS_ID_LINES];
  unsigned count;
};

struct hierarchy_option {
  char *name;
  char *path;
};

enum id_map { ID_MAP_SINGLE, ID_MAP_DIRECT, ID_MAP_HELPERS };
enum cgroup_version { CGROUP_NONE = 0, CGROUP_V1 = 1, CGROUP_V2 = 2 };
enum egress { EGRESS_NONE, EGRESS_PASTA, EGRESS_SLIRP };

struct options {
  const char *socket;
  int listen_fd;
  const char *store;
  int store_error; /* probe: why it could not be made the working directory, or 0 */
  struct bind_option binds[OPTIONS_BINDS];
  unsigned bind_count;
  struct id_lines uids;
  struct id_lines gids;
  enum id_map id_map;
  const char *chroots; /* "/store/…": no namespaces, steps are in chroots that are made there; or NULL */
  uint32_t users_first; /* the ids that steps in chroots run as */
  uint32_t users_count;
  uint32_t step_zero; /* which id of the map is id 0 of steps */
  const char *step_files; /* a tree in the store: what it holds becomes the steps', or NULL */
  enum cgroup_version cgroup;
  struct hierarchy_option hierarchies[OPTIONS_HIERARCHIES];
  unsigned hierarchy_count;
  const char *own_cgroup; /* v2: where the supervisor itself is born, or NULL */
  enum egress egress;
  const char *egress_program;
  const char *emulator;    /* of virtual machines, or NULL */
  const char *kvm;         /* the device that accelerates them, if it is there and works */
  const char *file_server; /* through which these see files */
  bool allow_new_privileges;
  bool runtime; /* steps run through an OCI runtime, which is in /host/runtime */
  bool borrow_proc; /* where no fresh proc can be mounted, the one around may be shown */
  uint64_t capabilities; /* mask: no step has more */
  unsigned slots;
  uint64_t orphan_timeout; /* seconds */
  uint64_t prepare_timeout; /* seconds, of one sandbox */
  int status_fd;
};

/* Parses arguments; strings stay those of argv (some are cut in place). */
int options_parse(struct options *options, char **arguments, struct failure *why);
/* What `supervise` cannot do without. */
int options_check_supervise(const struct options *options, struct failure *why);

const char *egress_name(enum egress egress);

#endif
