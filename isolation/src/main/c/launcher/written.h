/* What steps have changed in a directory that is no overlay, put into the form that an overlay would have
 * left. */
#ifndef STEPBOX_WRITTEN_H
#define STEPBOX_WRITTEN_H

#include "failure.h"

/* Notes in a file what is in `tree`, and by what each change of it shows. */
int written_note(int tree, int file, struct failure *why);

/* Waits for the next tick of the file system's clock: what is changed from now on shows. */
int written_settle(int tree, struct failure *why);

/* Makes `upper` what was changed in `tree` since the notes: changed files as hard links, and whiteouts for
 * those that are gone. What was in `upper` goes. */
int written_collect(int tree, int notes, int upper, struct failure *why);

#endif
