/* What steps have changed in a directory that is no overlay, put into the form that an overlay would have
 * left. */
#ifndef STEPBOX_WRITTEN_H
#define STEPBOX_WRITTEN_H

#include <time.h>

#include "failure.h"

/* Notes the names of everything in `tree`, in a file. */
int written_note_names(int tree, int file, struct failure *why);

/* A moment after which each change of a file in `tree` shows in its status; waits for the next tick of the
 * file system's clock. */
int written_begin(int tree, struct timespec *moment, struct failure *why);

/* Makes `upper` what was changed in `tree` since `moment`: changed files as hard links, and whiteouts for
 * those of the names that are gone. What was in `upper` goes. */
int written_collect(int tree, int names, const struct timespec *moment, int upper,
                    struct failure *why);

#endif
