/* Users for steps where no namespace keeps steps apart: each root has a user of its own, whom nobody else is. */
#ifndef STEPBOX_STEP_USER_H
#define STEPBOX_STEP_USER_H

#include <stdint.h>

#include "failure.h"
#include "options.h"

/* A user that nobody on this machine has claimed, for as long as `claim` is open. Whatever still runs as that
 * user is killed. */
int step_user_claim(const struct options *options, uint32_t *user, int *claim, struct failure *why);

/* Kills every process of the user; when it returns, each has its KILL. */
int step_user_kill(uint32_t user, struct failure *why);

/* The same, and waits until they are gone; not for longer than half a second. */
void step_user_end(uint32_t user);

/* Sends a signal to every process of the user, from a child that the caller reaps; where none can be made, the
 * caller does it itself, which needs the right to signal them. */
void step_user_signal(uint32_t user, int signal);

#endif
