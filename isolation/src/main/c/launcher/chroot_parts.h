/* What a root has beside its layers when it is entered by chroot. */
#ifndef STEPBOX_CHROOT_PARTS_H
#define STEPBOX_CHROOT_PARTS_H

#include <stdint.h>

#include "failure.h"

/* Devices, the directories that steps write to, and the name of their user. */
int chroot_complete(int root, uint32_t user, struct failure *why);

#endif
