/* Walls inside of a chroot, where no namespace is: Landlock, and a second filter for system calls. */
#ifndef STEPBOX_CONFINE_H
#define STEPBOX_CONFINE_H

#include "failure.h"
#include "run_request.h"

/* The number of the kernel's Landlock interface; below 1 it has none. */
long confine_landlock(void);

/* For the calling process, which is in its new root, has no_new_privs and no capability. */
int confine(const struct run_request *run, struct failure *why);

#endif
