/* The step's main process, from its birth to its exec. It is born before the step is known, in its own
 * user namespace, and waits. */
#ifndef STEPBOX_PAYLOAD_H
#define STEPBOX_PAYLOAD_H

#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

struct payload_plan {
  const char *uid_map; /* of the inner user namespace */
  const char *gid_map;
  int raw_proc;
  /* RUN's body: memory shared with the payload, filled before payload_go. */
  const unsigned char *body;
};

struct payload {
  pid_t pid;
  int channel; /* to it; at its end when the program was executed */
};

/* What only process 1 can open for the payload. */
struct payload_streams {
  int root;
  int input; /* becomes 0; with a terminal its slave, and so do output and errors */
  int output;
};

int payload_prepare(const struct payload_plan *plan, struct payload *payload, struct failure *why);
/* Lets it go and waits for its exec. -1 when it was not executed; the operation is "execve" when
 * everything before went well. */
int payload_go(const struct payload_plan *plan, struct payload *payload, uint32_t body_length,
               const struct payload_streams *streams, struct failure *why);

#endif
