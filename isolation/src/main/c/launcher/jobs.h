/* Tree requests: each runs in a forked child, so that the event loop never waits for a disk. */
#ifndef STEPBOX_JOBS_H
#define STEPBOX_JOBS_H

#include "requests.h"
#include "supervisor.h"

void jobs_begin(struct supervisor *supervisor, const struct request *request);
/* A child was reaped; false when it is none of a job. */
bool jobs_reaped(struct supervisor *supervisor, pid_t pid);
/* The client takes frames again. */
void jobs_resume(struct supervisor *supervisor);
/* The client is gone, and with it the interest. */
void jobs_abandon(struct supervisor *supervisor);

#endif
