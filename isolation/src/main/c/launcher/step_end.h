/* The end of steps. */
#ifndef STEPBOX_STEP_END_H
#define STEPBOX_STEP_END_H

#include "steps.h"

/* It never ran: tells so, in the record and to the client, and frees the step. */
void step_fail(struct step *step, uint32_t outcome, const struct failure *why);
void step_free(struct step *step);
/* What it wrote is known, which was all that its end waited for. */
void step_measured(struct step *step);

#endif
