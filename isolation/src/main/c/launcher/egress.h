/* The program that connects the build's network to the outside. */
#ifndef STEPBOX_EGRESS_H
#define STEPBOX_EGRESS_H

#include "failure.h"
#include "supervisor.h"

/* Makes the build's network and starts the program on it, when one is asked for; returns when it is ready.
 * Must come before the host's file system goes out of sight. */
int egress_start(struct supervisor *supervisor, struct failure *why);
void egress_stop(struct supervisor *supervisor);

#endif
