/* The door of a supervisor to which all accounts look alike: those without an id in its user namespace, the
 * one that started it among them, have one number there. So somebody outside of it has to look. */
#ifndef STEPBOX_DOOR_H
#define STEPBOX_DOOR_H

#include <stdbool.h>

#include "failure.h"
#include "options.h"

/* Whether the account that we are has no id in the supervisor's user namespace. */
bool door_is_needed(const struct options *options);
/* Lets in whoever has our own user id, until the other end of `door` is closed; for a process that stays
 * outside of the user namespace. Keeps no other descriptor open, and no capability. */
_Noreturn void door_keep(int listener, int door);
/* In the supervisor: the next connection that was let in; -1 when the keeper is gone. */
int door_receive(int door);

#endif
