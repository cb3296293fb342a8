/* The payload as process 1 sees it: cloned, mapped, let go, and known to have executed or not. */
#include "payload.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "become.h"
#include "cleanup.h"
#include "idmap.h"
#include "kernel.h"
#include "orders.h"
#include "processes.h"
#include "quotas.h"

static int write_maps(const struct payload_plan *plan, pid_t number, struct failure *why) {
  char path[32];
  if (plan->is_in_chroot) {
    return 0;
  }
  snprintf(path, sizeof path, "%d/uid_map", number);
  if (write_file_at(plan->raw_proc, path, plan->uid_map, why) < 0) {
    return -1;
  }
  snprintf(path, sizeof path, "%d/gid_map", number);
  return write_file_at(plan->raw_proc, path, plan->gid_map, why);
}

/* A failure that the payload tells of, or its end. */
static int receive_failure(int channel, struct failure *why) {
  ssize_t n = RETRY(recv(channel, why, sizeof *why, MSG_WAITALL));
  if (n == 0) {
    return fail_with(why, EPIPE, "prepare-payload", "payload", "died without a word");
  }
  return n == (ssize_t)sizeof *why ? -1
                                   : fail_with(why, EIO, "prepare-payload", "payload", "cut short");
}

/* Exchanges one byte each: the maps are written; everything that can be done ahead is done. */
static int release(int channel, struct failure *why) {
  char byte = 0;
  if (RETRY(send(channel, &byte, 1, MSG_NOSIGNAL)) != 1 ||
      RETRY(recv(channel, &byte, 1, 0)) != 1) {
    return fail_with(why, EPIPE, "prepare-payload", "payload", "died without a word");
  }
  return byte == PAYLOAD_PREPARED ? 0 : receive_failure(channel, why);
}

int payload_prepare(const struct payload_plan *plan, struct payload *payload, struct failure *why) {
  int pair[2];
  if (quotas_limit_queues(why) < 0) {
    return -1;
  }
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
    return fail(why, "socketpair", "payload");
  }
  cleanup_fd int ours = pair[0];
  cleanup_fd int theirs = pair[1];
  /* The child must be dumpable while its maps are written: else /proc/PID belongs to the real root.
   * Nothing that could look at it runs in this pid namespace yet. */
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  payload->pid = plan->is_in_chroot ? fork() : kernel_clone3(&arguments);
  if (payload->pid == 0) {
    close(ours);
    become_payload(plan, theirs);
  }
  int error = errno;
  payload->number = payload->pid < 0 ? -1
                                     : processes_number(plan->raw_proc, plan->proc_is_borrowed,
                                                        payload->pid, why);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (payload->pid < 0) {
    errno = error;
    return fail(why, "clone", "payload");
  }
  close_and_forget(&theirs);
  if (payload->number < 0 || write_maps(plan, payload->number, why) < 0 || release(ours, why) < 0) {
    kill(payload->pid, SIGKILL);
    return -1;
  }
  payload->channel = steal_fd(&ours);
  return 0;
}

/* The channel is at its end when the exec closed it, or when the payload died before: an exit status must
 * never be reported for a program that did not run. */
static int wait_for_exec(const struct payload_plan *plan, const struct payload *payload,
                         struct failure *why) {
  ssize_t n = RETRY(recv(payload->channel, why, sizeof *why, MSG_WAITALL));
  if (n != 0) {
    return n == (ssize_t)sizeof *why ? -1
                                     : fail_with(why, EIO, "start-payload", "result", "cut short");
  }
  siginfo_t end = {0};
  if (waitid(P_PID, (id_t)payload->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
      end.si_pid == payload->pid &&
      processes_execution(plan->raw_proc, payload->number) != PROCESS_EXECUTED) {
    return fail_with(why, EINTR, "start-payload", "payload", "was killed by signal %d before its exec",
                     end.si_status);
  }
  return 0;
}

int payload_go(struct payload *payload, uint32_t body_length, uint32_t user,
               const struct payload_streams *streams, struct failure *why) {
  struct order order = {.kind = ORDER_GO, .a = body_length, .b = user};
  int fds[] = {streams->root, streams->input, streams->output};
  return send_order(payload->channel, &order, NULL, fds, COUNT_OF(fds)) < 0
             ? fail(why, "start-payload", "payload")
             : 0;
}

int payload_execute(const struct payload_plan *plan, struct payload *payload, struct failure *why) {
  char byte = PAYLOAD_EXECUTE;
  /* EPIPE: it has failed already, and told why. */
  if (RETRY(send(payload->channel, &byte, 1, MSG_NOSIGNAL)) < 0 && errno != EPIPE) {
    return fail(why, "start-payload", "payload");
  }
  int result = wait_for_exec(plan, payload, why);
  close_and_forget(&payload->channel);
  return result;
}
