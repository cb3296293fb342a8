/* A step through an OCI runtime: in place of the payload that makes its own inner namespaces, process 1 runs
 * a program of the host that does, and then stays with the process that this leaves behind. */
#ifndef STEPBOX_RUNTIME_H
#define STEPBOX_RUNTIME_H

#include <sys/types.h>

#include "failure.h"
#include "mounts.h"
#include "run_request.h"

/* What the runtime is told, and what it made. */
struct runtime_run {
  const struct run_request *run;
  int raw_proc;
  int input;
  int output;  /* of the step, and for what the runtime says when it fails */
  int said;    /* the other end of `output`, when that is a pipe */
  pid_t main;  /* the step's main process, a child of the caller */
  int terminal; /* its master, or -1 */
};

/* Puts into `scratch`, the caller's root to be, what the runtime needs: its program and libraries, a place for
 * its state, and the step's own cgroup to look at. */
int runtime_prepare(int scratch, struct failure *why);
/* Mounts the step's root where its bundle names it. */
int runtime_enter(int root, const struct mount_list *mounts, const int *sources, struct failure *why);
/* Runs it to its end. -1 when the step was not executed; the operation is "execve" when the runtime did its
 * part. */
int runtime_start(struct runtime_run *runtime, struct failure *why);

#endif
