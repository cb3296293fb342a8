/* What the supervisor of steps with nesting leaves when it is killed. */
#ifndef STEPBOX_SWEEP_H
#define STEPBOX_SWEEP_H

#include "options.h"

/* Removes the cgroups in the given directories, whichever ids of the map they belong to; returns the exit
 * code. */
int sweep(const struct options *options);

#endif
