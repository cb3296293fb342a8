/* The start of steps. */
#ifndef STEPBOX_STEP_START_H
#define STEPBOX_STEP_START_H

#include "steps.h"

/* 0, or an error code: the record directory, when it is there already, must not be another step's. */
uint32_t step_check_record(struct step *step, struct failure *why);
/* Makes the directory, and in it the files of the output, of a step in a machine. */
int step_make_record(struct step *step, struct failure *why);
int step_open_files(struct step *step, struct failure *why);
/* Gives the step its sandbox and sends the orders to run. */
void step_start(struct step *step, struct sandbox *sandbox);
/* Lets it be executed: called once it has a sandbox and the size of its caches is known. */
void step_go(struct step *step);
/* Watches for an out-of-memory kill in the step's cgroup, which ends the whole step. */
void step_watch_oom(struct step *step);
/* The supervisor keeps no secret longer than it takes to hand it on. */
void step_forget_secrets(struct step *step);

#endif
