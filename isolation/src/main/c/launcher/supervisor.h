/* The supervisor of one build: its parts, and how they meet. */
#ifndef STEPBOX_SUPERVISOR_H
#define STEPBOX_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroups.h"
#include "failure.h"
#include "loop.h"
#include "options.h"
#include "paths.h"

struct client;
struct job;
struct machine;
struct root;
struct sandbox;
struct step;

enum { ID_MAP_TEXT = OPTIONS_ID_LINES * 36 };

enum kvm_state { KVM_UNKNOWN, KVM_ABSENT, KVM_WORKS };

enum egress_state { EGRESS_ABSENT, EGRESS_STARTING, EGRESS_READY, EGRESS_FAILED };

struct egress_run {
  enum egress_state state;
  pid_t pid; /* of its first process; 0 when that was reaped */
  pid_t last; /* of the one that stays, once it is ready; 0 when that is not known */
  int status;
  int words; /* what it says on its standard error */
  int ready;
  struct failure why; /* of EGRESS_FAILED */
  bool is_told;       /* the client knows why, and goes on without */
  bool is_unguarded;  /* there is a way out, and perhaps to the host */
};

struct supervisor {
  const struct options *options;
  struct loop loop;
  struct places places;
  struct cgroups cgroups;
  pid_t outer_pid;     /* as the starter sees us */
  uint32_t client_uid; /* as we see the starter, if there is no door */
  bool has_door;       /* connections are handed in by its keeper */
  bool name_is_borrowed; /* the filter of a container around lets nobody set a host name */
  int socket_dir;      /* to remove the socket's name at the end */
  int network;         /* of the build; -1 until it is needed */
  struct egress_run egress; /* the program that connects the build */
  int status;          /* where the status line goes; -1 when it was written */
  char uid_map[ID_MAP_TEXT];
  char gid_map[ID_MAP_TEXT];
  struct watch listener;
  struct watch signals;
  struct client *client;
  struct sandbox *sandboxes;
  struct step *steps;
  struct root *roots;
  struct job *jobs;
  struct machine *machines;
  enum kvm_state kvm;
  uint64_t changes; /* how often files were changed that a guest may know */
  bool is_guest;    /* this is the supervisor in a virtual machine */
  struct timer orphan_timer;
  struct timer end_timer;
  uint32_t last_network; /* network_mode: what the next sandbox is likely to need */
  bool is_stopping;
  uint32_t shutdown_request; /* 0: nobody waits for an answer */
};

/* What a supervisor is started with. */
struct supervisor_ends {
  int listener; /* where clients connect, or where the keeper of the door hands them in */
  int status;   /* where the status line goes */
  bool has_door;
};

/* Process 1 of the build's pid namespace; returns its exit code. */
int supervisor_main(const struct options *options, const struct supervisor_ends *ends, pid_t outer);

/* The supervisor in a virtual machine, whose client is at the other end of `channel`. Returns when that
 * is gone. */
int supervisor_guest(const struct options *options, int channel, struct failure *why);

/* Something ended: goes on with what waited for it (shutdown, orphan timeout). */
void supervisor_consider_end(struct supervisor *supervisor);
/* Ends every step and, when all is gone, the supervisor. */
void supervisor_stop(struct supervisor *supervisor, uint64_t grace, uint32_t request);
/* Writes the status line, once; `why` is NULL when all is well. */
void supervisor_tell(struct supervisor *supervisor, const struct failure *why);

#endif
