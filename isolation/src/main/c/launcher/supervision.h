/* What process 1 does while its payload runs. */
#ifndef STEPBOX_SUPERVISION_H
#define STEPBOX_SUPERVISION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "pump.h"
#include "user_watch.h"

struct supervision {
  int control;
  int signals;
  pid_t main;
  uint32_t user; /* of a step in a chroot, where there is no pid namespace; else 0 */
  struct user_watch watch;
  uint64_t deadline; /* monotonic ns; 0: none */
  uint64_t grace;    /* ns, after the deadline */
  struct pump pump;
  uint64_t kill_at; /* 0: no stop was begun */
  uint32_t reason;
  uint32_t flags;
  bool main_has_ended;
  int status;
  struct rusage usage;
};

/* Until the main process has ended and everything else is killed and reaped; then reports. */
void supervise(struct supervision *supervision);

#endif
