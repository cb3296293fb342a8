/* The program that connects the build's network to the outside. */
#ifndef STEPBOX_EGRESS_H
#define STEPBOX_EGRESS_H

#include "failure.h"
#include "supervisor.h"

/* Makes the build's network and starts the program on it, when one is asked for; returns when it needs the
 * host's file system no more, long before it is ready. */
int egress_start(struct supervisor *supervisor, struct failure *why);
/* Waits until the program is ready, before the first step that needs it. A failure that the client was told
 * already is none: steps go on without a way out. Unless there is one, and it could not be guarded: then no
 * step gets into the build's network. */
int egress_await(struct supervisor *supervisor, struct failure *why);
/* A child has ended; true when it was a process of the program. When that is the one that stays, the next
 * step that needs it fails, until the client has asked and knows. */
bool egress_reaped(struct supervisor *supervisor, pid_t pid, int status);
void egress_stop(struct supervisor *supervisor);

#endif
