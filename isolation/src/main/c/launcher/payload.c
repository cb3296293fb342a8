/* The payload: an inner user namespace with the same ids, and then less and less. */
#include "payload.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "idmap.h"
#include "kernel.h"
#include "privileges.h"
#include "protocol.h"

static const char default_search_path[] =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static int enter_directory(const char *directory, struct failure *why) {
  if (chdir(directory) < 0) {
    return fail(why, "chdir", directory);
  }
  char here[4096];
  /* The raw call: it says "(unreachable)…" for a directory outside the root, libraries may hide that. */
  if (syscall(SYS_getcwd, here, sizeof here) < 0 || here[0] != '/') {
    return fail_with(why, EXDEV, "chdir", directory, "lies outside the root");
  }
  return 0;
}

static int take_streams(const struct payload_plan *plan, struct failure *why) {
  if (setsid() < 0) {
    return fail(why, "setsid", "payload");
  }
  if ((plan->run->flags & RUN_TTY) != 0 && ioctl(plan->input, TIOCSCTTY, 0) < 0) {
    return fail(why, "terminal", "TIOCSCTTY");
  }
  if (dup2(plan->input, STDIN_FILENO) < 0 || dup2(plan->output, STDOUT_FILENO) < 0 ||
      dup2(plan->output, STDERR_FILENO) < 0) {
    return fail(why, "dup2", "payload");
  }
  /* Not closed but marked: the pipe that reports a failed exec is among them. */
  return kernel_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? fail(why, "close_range", "payload")
                                                             : 0;
}

static int settle(const struct payload_plan *plan, struct failure *why) {
  char number[16];
  snprintf(number, sizeof number, "%d", plan->run->oom_score);
  if (write_file_at(plan->raw_proc, "sys/user/max_user_namespaces", "0", why) < 0 ||
      write_file_at(plan->raw_proc, "self/oom_score_adj", number, why) < 0) {
    return -1;
  }
  /* An empty keyring of its own, so that no key of the starter's session can be found. ENOSYS: a kernel
   * without keys; EDQUOT cannot be ignored. */
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS) {
    return fail(why, "join-session-keyring", "payload");
  }
  return 0;
}

static const char *find_variable(const struct strings *environment, const char *name) {
  size_t length = strlen(name);
  const char *value = NULL;
  for (uint32_t i = 0; i < environment->count; i++) {
    const char *item = environment->items[i];
    if (strncmp(item, name, length) == 0 && item[length] == '=') {
      value = item + length + 1;
    }
  }
  return value;
}

/* Like execvpe, with the PATH of the step; the most telling error wins. */
static void execute(const struct run_request *run, struct failure *why) {
  char **arguments = run->arguments.items;
  const char *name = arguments[0];
  if (strchr(name, '/') != NULL) {
    execve(name, arguments, run->environment.items);
    fail(why, "execve", name);
    return;
  }
  const char *search = find_variable(&run->environment, "PATH");
  int error = ENOENT;
  for (const char *at = search == NULL ? default_search_path : search;;) {
    size_t length = strcspn(at, ":");
    char path[4096];
    if (snprintf(path, sizeof path, "%.*s%s%s", (int)length, at, length == 0 ? "" : "/", name) <
        (int)sizeof path) {
      execve(path, arguments, run->environment.items);
      if (errno != ENOENT && errno != ENOTDIR && error == ENOENT) {
        error = errno;
      }
    }
    if (at[length] == 0) {
      break;
    }
    at += length + 1;
  }
  fail_with(why, error, "execve", name, "searched in PATH");
}

static void become_payload(const struct payload_plan *plan, int go, int result) {
  struct failure why;
  char byte;
  /* Process 1 writes the id maps first. */
  if (RETRY(read(go, &byte, 1)) == 1 && settle(plan, &why) == 0 && take_streams(plan, &why) == 0 &&
      enter_directory(plan->run->directory, &why) == 0 &&
      privileges_set_attributes(plan->run, &why) == 0 && privileges_drop(plan->run, &why) == 0) {
    execute(plan->run, &why);
  }
  if (RETRY(write(result, &why, sizeof why)) < 0) {
    _exit(126);
  }
  _exit(127);
}

static int write_maps(const struct payload_plan *plan, pid_t pid, struct failure *why) {
  char path[32];
  snprintf(path, sizeof path, "%d/uid_map", pid);
  if (write_file_at(plan->raw_proc, path, plan->uid_map, why) < 0) {
    return -1;
  }
  snprintf(path, sizeof path, "%d/gid_map", pid);
  return write_file_at(plan->raw_proc, path, plan->gid_map, why);
}

/* True when the dead, not yet reaped process `pid` had executed its program: the flag PF_FORKNOEXEC in
 * the ninth field of its stat file is gone. */
static bool had_executed(const struct payload_plan *plan, pid_t pid) {
  enum { FORKED_NO_EXEC = 0x40 };
  char path[32], text[512];
  snprintf(path, sizeof path, "%d/stat", pid);
  cleanup_fd int stat = openat(plan->raw_proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t length = stat < 0 ? -1 : RETRY(read(stat, text, sizeof text - 1));
  if (length <= 0) {
    return false;
  }
  text[length] = 0;
  const char *after_name = strrchr(text, ')');
  unsigned flags = FORKED_NO_EXEC;
  return after_name != NULL && sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
         (flags & FORKED_NO_EXEC) == 0;
}

/* The reading end is at its end when the exec closed the writing one, or when the payload died before:
 * an exit status must never be reported for a program that did not run. */
static int wait_for_exec(const struct payload_plan *plan, pid_t pid, int result,
                         struct failure *why) {
  ssize_t n = RETRY(read(result, why, sizeof *why));
  if (n != 0) {
    return n == (ssize_t)sizeof *why ? -1
                                     : fail_with(why, EIO, "start-payload", "result", "cut short");
  }
  siginfo_t end = {0};
  if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == pid &&
      !had_executed(plan, pid)) {
    return fail_with(why, EINTR, "start-payload", plan->run->arguments.items[0],
                     "was killed by signal %d before its exec", end.si_status);
  }
  return 0;
}

pid_t payload_start(const struct payload_plan *plan, struct failure *why) {
  int go[2], result[2];
  if (pipe2(go, O_CLOEXEC) < 0) {
    return fail(why, "pipe", "payload");
  }
  cleanup_fd int go_reader = go[0];
  cleanup_fd int go_writer = go[1];
  if (pipe2(result, O_CLOEXEC) < 0) {
    return fail(why, "pipe", "payload");
  }
  cleanup_fd int result_reader = result[0];
  cleanup_fd int result_writer = result[1];
  /* The child must be dumpable while its maps are written: else /proc/PID belongs to the real root.
   * Nothing that could look at it runs in this pid namespace yet. */
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  pid_t pid = kernel_clone3(&arguments);
  if (pid == 0) {
    become_payload(plan, go_reader, result_writer);
  }
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (pid < 0) {
    return fail(why, "clone", "payload");
  }
  close_and_forget(&go_reader);
  close_and_forget(&result_writer);
  if (write_maps(plan, pid, why) < 0) {
    kill(pid, SIGKILL);
    return -1;
  }
  if (RETRY(write(go_writer, "g", 1)) != 1) {
    return fail(why, "start-payload", "go");
  }
  return wait_for_exec(plan, pid, result_reader, why) < 0 ? -1 : pid;
}
