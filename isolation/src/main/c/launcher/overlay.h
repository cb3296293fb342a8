/* Overlay mounts with user.* attributes. */
#ifndef STEPBOX_OVERLAY_H
#define STEPBOX_OVERLAY_H

#include <stdbool.h>

#include "mounts.h"

/* A detached overlay as the operation says; -1 on failure. */
int overlay_make(const struct places *places, const struct mount_step *step, unsigned attributes,
                 struct failure *why);

#endif
