/* From the command line to a supervisor that accepts connections. */
#ifndef STEPBOX_START_H
#define STEPBOX_START_H

#include <sys/types.h>

#include "options.h"

/* The whole command; returns its exit code. */
int start_supervisor(const struct options *options);

/* A child that is process 1 of a new pid namespace in a new, mapped user namespace and runs `child`, which
 * gets its pid as its starter sees it. Returns that pid. */
pid_t start_in_user_namespace(const struct options *options, int (*child)(void *data, pid_t outer),
                              void *data, struct failure *why);

#endif
