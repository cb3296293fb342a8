/* The step's main process, from its birth to its exec. It is born before the step is known, in its own
 * user namespace, and waits. */
#ifndef STEPBOX_PAYLOAD_H
#define STEPBOX_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

struct payload_plan {
  const char *uid_map; /* of the inner user namespace */
  const char *gid_map;
  int raw_proc;
  bool is_in_chroot; /* no user namespace */
  bool proc_is_borrowed; /* then that proc has numbers of its own */
  uint64_t capabilities; /* what no step may have is dropped ahead */
  /* RUN's body: memory shared with the payload, filled before payload_go. */
  const unsigned char *body;
};

struct payload {
  pid_t pid;
  pid_t number; /* in raw_proc */
  int channel; /* to it; at its end when the program was executed */
};

/* What only process 1 can open for the payload. */
struct payload_streams {
  int root;
  int input; /* becomes 0; with a terminal its slave, and so do output and errors */
  int output;
};

int payload_prepare(const struct payload_plan *plan, struct payload *payload, struct failure *why);
/* Lets it do everything but the exec; in a chroot as `user`. */
int payload_go(struct payload *payload, uint32_t body_length, uint32_t user,
               const struct payload_streams *streams, struct failure *why);
/* Lets it execute its program. -1 when it was not executed; the operation is "execve" when everything
 * before went well. */
int payload_execute(const struct payload_plan *plan, struct payload *payload, struct failure *why);

#endif
