/* Mounted root file systems, below /roots. */
#ifndef STEPBOX_ROOTS_H
#define STEPBOX_ROOTS_H

#include "mounts.h"
#include "supervisor.h"
#include "tree.h"

struct root {
  struct root *next;
  struct chroot *chroot;   /* where nothing can be mounted; else NULL */
  struct machine *machine; /* in which its steps run, or NULL */
  uint32_t id;
  unsigned users;           /* sandboxes that were given it and are not yet reaped */
  uint32_t unmount_request; /* who waits for it to go; 0: nobody */
  bool is_leaving;
  bool is_written_known;
  struct tree_size written; /* at the most, by the steps that ended */
};

/* These return 0 or an error code of the protocol. */
uint32_t root_mount(struct supervisor *supervisor, uint32_t id, const struct mount_list *mounts,
                    struct failure *why);
/* The answer goes to `request` when the last user is gone. */
uint32_t root_unmount(struct supervisor *supervisor, uint32_t id, uint32_t request,
                      struct failure *why);

/* NULL when there is none, or when it is about to go. */
struct root *root_find(struct supervisor *supervisor, uint32_t id);
/* A sandbox does not use it any more. */
void root_release(struct supervisor *supervisor, struct root *root);
/* The client is gone: nobody waits any more. */
void roots_forget_requests(struct supervisor *supervisor);
void roots_unmount_all(struct supervisor *supervisor);

#endif
