/* Roots of stages where nothing can be mounted: directories that steps enter by chroot. Each has a user of its
 * own. What its steps read only is shared with the store by hard links; the workspace is a copy, and what was
 * written is looked for afterwards. */
#ifndef STEPBOX_CHROOTS_H
#define STEPBOX_CHROOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "mounts.h"
#include "options.h"
#include "run_request.h"
#include "supervisor.h"

struct chroot {
  uint32_t user;
  int claim;    /* of the user */
  int notes;    /* of what was in the workspace, a file without a name */
  char *upper;  /* in the store: what is written is put there; NULL: nothing is */
  bool is_dirty; /* a step was in it since */
};

/* The directory in the store that roots are made in. */
int chroots_open(struct supervisor *supervisor, struct failure *why);

/* NULL with `why`, when it cannot be made; then nothing is left. */
struct chroot *chroot_make(struct supervisor *supervisor, uint32_t id,
                           const struct mount_list *mounts, struct failure *why);
/* What was written becomes that of the steps' root, and the directory goes. */
int chroot_end(struct supervisor *supervisor, uint32_t id, struct chroot *chroot,
               struct failure *why);

/* Puts what was written where an overlay would have, if a step was in the root since. No step may be in it. */
int chroot_collect(struct supervisor *supervisor, uint32_t id, struct chroot *chroot,
                   struct failure *why);
/* Before files are looked at by a request: what was written lies where an overlay would have put it. */
int chroots_collect(struct supervisor *supervisor, struct failure *why);

/* For process 1 of a step: does in the open root what mounts would have done. */
int chroot_prepare(int root, uint32_t user, const struct run_request *run, const int *sources,
                   struct failure *why);

#endif
