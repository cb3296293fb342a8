/* Process 1 of a step. */
#ifndef STEPBOX_INIT_H
#define STEPBOX_INIT_H

#include <stdbool.h>
#include <stdint.h>

struct init_plan {
  int control;            /* the socket to the supervisor */
  unsigned network;       /* network_mode; `none` was cloned into a namespace of its own */
  int build_network;      /* for `build` */
  uint64_t capabilities;  /* no step has more */
  const char *uid_map;    /* of the inner user namespace */
  const char *gid_map;
  uint32_t step_zero;
  bool proc_is_borrowed;
  bool has_runtime; /* it makes the inner namespaces, and not we */
  bool is_in_chroot; /* there are no namespaces, and a step has a user */
};

/* Prepares a sandbox, waits for the order to run a step in it, runs it, reports its end. */
void init_main(const struct init_plan *plan) __attribute__((noreturn));

#endif
