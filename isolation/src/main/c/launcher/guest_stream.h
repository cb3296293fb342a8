/* In a guest: the output of a step goes to the client as it comes. Everywhere else these do nothing. */
#ifndef STEPBOX_GUEST_STREAM_H
#define STEPBOX_GUEST_STREAM_H

#include "steps.h"

/* Opens what process 1 writes output and index to. */
int guest_stream_open(struct step *step, int *fds, struct failure *why);
/* Sends what is still there: before the end is told. */
void guest_stream_drain(struct step *step);
/* The client takes frames again. */
void guest_stream_resume(struct step *step);
void guest_stream_close(struct step *step);

#endif
