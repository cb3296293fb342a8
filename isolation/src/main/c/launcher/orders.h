/* What a supervisor and a step's process 1 say to each other over their socket pair. Both are the same
 * program, so these are plain structures. */
#ifndef STEPBOX_ORDERS_H
#define STEPBOX_ORDERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

enum order_kind {
  ORDER_RUN = 1,    /* `length` bytes of RUN's body follow, and descriptors come with it; a: the user of a
                     * step in a chroot */
  ORDER_STOP = 2,   /* a: exit_reason, b: unused, c: grace in ms */
  ORDER_SIGNAL = 3, /* a: signal, b: signal_target */
  ORDER_RESIZE = 4, /* a: rows, b: columns */
  ORDER_FILES = 5,  /* follows RUN: the cgroup is set, and where output goes comes with it */
  ORDER_GO = 6,     /* to the prepared payload: its root, input and output come with it; a: length, b: user */
};

struct order {
  uint32_t kind;
  uint32_t a;
  uint32_t b;
  uint32_t length;
  uint64_t c;
};

/* The descriptors of ORDER_RUN: the root and the pipe; then one per mount that has a source. */
enum run_descriptor { RUN_ROOT, RUN_PIPE_READER, RUN_PIPE_WRITER, RUN_SOURCES };

/* The descriptors of ORDER_FILES. */
enum file_descriptor { FILE_OUTPUT, FILE_INDEX, FILE_COUNT };

enum { ORDER_DESCRIPTORS_MAX = RUN_SOURCES + 64 };

enum report_kind {
  REPORT_BORN = 1, /* by the process parked in the cgroup: `pid` is process 1 */
  REPORT_READY = 2,
  REPORT_STARTED = 3,
  REPORT_EXITED = 4,
  REPORT_SETUP_FAILED = 5,
  REPORT_EXEC_FAILED = 6,
};

struct report {
  uint32_t kind;
  int32_t pid;
  int32_t status; /* of the main process, as wait gives it */
  uint32_t reason;
  uint32_t flags;
  uint64_t monotonic;
  uint64_t real;
  uint64_t output;
  uint64_t dropped;
  uint64_t user;   /* ns */
  uint64_t system; /* ns */
  uint64_t oom_kills; /* in a virtual machine; else its cgroup tells */
  uint64_t refused_forks;
  struct failure why;
};

/* Sends with descriptors; blocks until everything is sent. */
int send_order(int socket, const struct order *order, const void *body, const int *fds, int count);
/* Receives one order, its body and its descriptors (close-on-exec). -1 at end of file, too. */
int receive_order(int socket, struct order *order, void *body, size_t capacity, int *fds,
                  int *count);
/* Sends a report whole. */
int send_report(int socket, const struct report *report);

#endif
