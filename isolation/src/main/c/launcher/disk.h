/* The watchdog of the disk cap. */
#ifndef STEPBOX_DISK_H
#define STEPBOX_DISK_H

#include "steps.h"

/* Begins to measure the step's directories, when it has a disk cap. True when the step must wait for the size
 * of its caches: step_go() is called when it is known. */
bool disk_watch(struct step *step);
/* The step has ended. True when what it wrote has yet to be measured: step_measured() is called then. */
bool disk_measure_last(struct step *step);
/* What was found last. */
bool disk_is_exceeded(const struct step *step);
void disk_forget(struct step *step);

#endif
