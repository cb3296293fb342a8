/* The watchdog of the disk cap. */
#ifndef STEPBOX_DISK_H
#define STEPBOX_DISK_H

#include "steps.h"

/* Begins to measure the step's directories, when it has a disk cap. */
void disk_watch(struct step *step);
void disk_forget(struct step *step);

#endif
