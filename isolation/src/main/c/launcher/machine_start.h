/* The processes of a machine. */
#ifndef STEPBOX_MACHINE_START_H
#define STEPBOX_MACHINE_START_H

#include "machine.h"

struct machine_plan {
  const struct supervisor *supervisor;
  const struct machine_request *request;
  bool is_accelerated;
  int share;   /* a detached copy of what the guest sees */
  int kernel;  /* the same of the kernel's file */
  int initial; /* and of the initial file system */
  int channel; /* the emulator's end */
  int control; /* the keeper's end: its mount namespace goes out here */
  int words;   /* where the programs write what they have to say */
};

/* Starts the keeper in the cgroup; -1 on failure. */
pid_t machine_spawn(const struct machine_plan *plan, uint64_t cgroup, struct failure *why);

#endif
