/* Steps that run in a machine, as the host sees them. */
#ifndef STEPBOX_MACHINE_STEPS_H
#define STEPBOX_MACHINE_STEPS_H

#include "machine.h"
#include "steps.h"

/* Takes a step: it starts when the machine is ready. */
void machine_run(struct machine *machine, struct step *step);
/* The machine is ready: what waits for it starts. */
void machine_start_waiting(struct machine *machine);
/* The machine is dead: none of its steps goes on. */
void machine_lose_steps(struct machine *machine);
/* Sends the step to the guest: its directories are measured. */
void machine_step_go(struct step *step);
/* Passes an order on. -1 when the machine is dead. */
int machine_step_order(struct step *step, const struct order *order);
/* A frame of the guest; false when it must not be. */
bool machine_frame(struct machine *machine, unsigned type, uint32_t request, struct reader *in);
/* The step is freed. */
void machine_step_forget(struct step *step);

#endif
