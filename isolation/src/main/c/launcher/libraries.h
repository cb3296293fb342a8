/* The host's programs and libraries, for programs of the host that the launcher starts. */
#ifndef STEPBOX_LIBRARIES_H
#define STEPBOX_LIBRARIES_H

#include "failure.h"

/* Puts what `--bind` brought to /host/machine into `root`, which has a directory `usr`: directories as they
 * are on the host, and links to /usr where the host has these. The caller still sees /host. */
int libraries_put(int root, struct failure *why);

#endif
