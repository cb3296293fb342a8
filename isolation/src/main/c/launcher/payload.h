/* The step's main process, from its birth to its exec. */
#ifndef STEPBOX_PAYLOAD_H
#define STEPBOX_PAYLOAD_H

#include <sys/types.h>

#include "run_request.h"

struct payload_plan {
  const struct run_request *run;
  const char *uid_map; /* of the inner user namespace */
  const char *gid_map;
  int raw_proc;
  int input; /* becomes 0; with a terminal its slave, and so do output and errors */
  int output;
};

/* Clones the payload and waits for its exec. Returns its pid; -1 with `why` when it was not executed (the
 * operation is "execve" when everything before went well). */
pid_t payload_start(const struct payload_plan *plan, struct failure *why);

#endif
