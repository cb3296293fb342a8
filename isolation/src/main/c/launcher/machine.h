/* Virtual machines: one for a root, whose steps then run in it. Each is a process 1 of its own (the
 * keeper) with two children, the emulator and the file server, in a cgroup of its own. In the guest runs
 * this same program as a supervisor (guest.c), whose client is the supervisor here. */
#ifndef STEPBOX_MACHINE_H
#define STEPBOX_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroups.h"
#include "orders.h"
#include "roots.h"
#include "supervisor.h"
#include "wire.h"

/* What the guest's console said last, which explains why it died. */
enum { MACHINE_WORDS = 4096 };

enum machine_state {
  MACHINE_BOOTING,
  MACHINE_READY,
  MACHINE_DEAD, /* or about to be; kept until its root goes, to tell why */
};

/* The body of a START_MACHINE request. */
struct machine_request {
  uint32_t root;
  char *kernel;
  char *initial; /* the initial file system */
  uint32_t processors;
  uint64_t memory; /* bytes */
  uint32_t network;
  uint64_t boot_timeout; /* ms */
  struct cgroup_files cgroup_writes;
};

/* A directory or file of the host that was shown to the guest. */
struct shown_source {
  struct shown_source *next;
  bool is_read_only;
  char path[];
};

struct machine {
  struct machine *next;
  struct supervisor *supervisor;
  struct root *root;
  enum machine_state state;
  bool is_accelerated;
  unsigned char *body; /* of the request */
  struct arena arena;
  struct machine_request request;
  uint32_t start_request; /* to answer, or 0 */
  uint64_t cgroup;
  pid_t keeper; /* 0 when reaped */
  int control; /* to the keeper */
  int mounts;  /* its mount namespace, when it was needed */
  struct watch channel;
  struct buffer in;
  struct buffer out;
  bool is_waiting_to_write;
  struct watch words;
  char said[MACHINE_WORDS];
  size_t said_length;
  struct timer boot;
  struct timer removal; /* of the cgroup, when it was busy */
  unsigned removal_tries;
  uint32_t last_request;
  uint64_t changes_seen; /* the supervisor's count, when the guest last forgot what it knew of files */
  struct shown_source *sources;
  struct failure why; /* of MACHINE_DEAD */
};

/* Starts a machine for a root; 0 or an error code of the protocol. When it is 0, the request is answered as
 * soon as it is certain whether the machine is emulated. */
uint32_t machine_start(struct supervisor *supervisor, uint32_t request, const struct reader *body,
                       struct failure *why);
/* Answers the request that started it, unless that was done. */
void machine_answer(struct machine *machine);
/* Kills it. Its steps are lost, for this reason. */
void machine_fail(struct machine *machine, const struct failure *why);
/* Its root goes: kills it, and frees it when it is dead. */
void machine_dismiss(struct machine *machine);
void machines_dismiss(struct supervisor *supervisor);
/* A child was reaped; false when it is none of a machine. */
bool machines_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* Frames for the guest, written behind machine->out; flushed by machine_flush. */
void machine_flush(struct machine *machine);

#endif
