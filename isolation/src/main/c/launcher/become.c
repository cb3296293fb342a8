/* The payload: root of an inner user namespace, and then less and less. */
#include "become.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "idmap.h"
#include "kernel.h"
#include "orders.h"
#include "privileges.h"
#include "protocol.h"
#include "quotas.h"
#include "view.h"

static const char default_search_path[] =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* The new namespace was entered with ids that it may not have, and with every capability in it. */
static int become_root(struct failure *why) {
  /* Raw calls: the C library's versions talk to other threads, of which there are none, and allocate. */
  if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM) { /* with one id the kernel forbids it */
    return fail(why, "setgroups", "payload");
  }
  if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0) {
    return fail(why, "become-root", "payload");
  }
  /* A change of ids hides a process's own files in /proc from itself. Nobody else looks at them yet. */
  return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? fail(why, "dumpable", "payload") : 0;
}

/* How many user namespaces each user of the step may have below this one. The step's filter refuses all, too,
 * unless nesting is asked for. Of a borrowed proc this part is usually read-only. */
static int limit_namespaces(const struct payload_plan *plan, unsigned most, struct failure *why) {
  char number[12];
  snprintf(number, sizeof number, "%u", most);
  return write_file_at(plan->raw_proc, "sys/user/max_user_namespaces", number, why) < 0 &&
                 !plan->proc_is_borrowed
             ? -1
             : 0;
}

static int share_watches(const struct payload_plan *plan, struct failure *why) {
  return quotas_share_watches(plan->raw_proc, QUOTA_STEP, why) < 0 && !plan->proc_is_borrowed ? -1 : 0;
}

static int allow_nesting(const struct payload_plan *plan, const struct run_request *run,
                         struct failure *why) {
  return (run->flags & RUN_NESTING) == 0
             ? 0
             : limit_namespaces(plan, LIMIT_NESTED_NAMESPACES, why);
}

/* All that does not depend on the step. */
static int prepare(const struct payload_plan *plan, int *oom_score, struct failure *why) {
  if (!plan->is_in_chroot && (become_root(why) < 0 || limit_namespaces(plan, 0, why) < 0 ||
                              share_watches(plan, why) < 0)) {
    return -1;
  }
  *oom_score = openat(plan->raw_proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (*oom_score < 0) {
    return fail(why, "open", "oom_score_adj");
  }
  /* An empty keyring of its own, so that no key of the starter's session can be found. ENOSYS: a kernel
   * without keys; EPERM: the filter of a container, which holds for the step, too; EDQUOT cannot be ignored. */
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
      !(plan->is_in_chroot && errno == EPERM)) {
    return fail(why, "join-session-keyring", "payload");
  }
  if (setsid() < 0) {
    return fail(why, "setsid", "payload");
  }
  return privileges_set_defaults(why) < 0 ? -1 : privileges_bound(plan->capabilities, why);
}

static int set_oom_score(int fd, int32_t score, struct failure *why) {
  char number[16];
  int length = snprintf(number, sizeof number, "%d", score);
  return RETRY(write(fd, number, (size_t)length)) < 0 ? fail(why, "oom-score", number) : 0;
}

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

static int take_streams(const struct run_request *run, int input, int output, struct failure *why) {
  if ((run->flags & RUN_TTY) != 0 && ioctl(input, TIOCSCTTY, 0) < 0) {
    return fail(why, "terminal", "TIOCSCTTY");
  }
  if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0) {
    return fail(why, "dup2", "payload");
  }
  /* Not closed but marked: the channel that reports a failed exec is among them. */
  return kernel_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? fail(why, "close_range", "payload")
                                                             : 0;
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

static _Noreturn void report(int channel, const struct failure *why) {
  _exit(RETRY(send(channel, why, sizeof *why, MSG_NOSIGNAL)) < 0 ? 126 : 127);
}

/* Whatever the step asks for. */
static void step_user_take(struct run_request *run, uint32_t user) {
  run->uid = user;
  run->gid = user;
  run->group_count = 0;
  run->capabilities = 0;
  run->flags |= RUN_NO_NEW_PRIVS;
}

/* The order to go, and with it the step. */
static void receive_step(const struct payload_plan *plan, int channel, struct run_request *run,
                         struct payload_streams *streams) {
  static struct arena arena;
  struct failure why;
  struct order order;
  int fds[ORDER_DESCRIPTORS_MAX], count;
  if (receive_order(channel, &order, NULL, 0, fds, &count) < 0 || count != 3) {
    _exit(0); /* not needed */
  }
  struct reader reader = {.at = plan->body, .end = plan->body + order.a, .arena = &arena};
  if (!run_request_read(&reader, run)) {
    fail_with(&why, ENOMEM, "run", "payload", "cannot be read");
    report(channel, &why);
  }
  if (plan->is_in_chroot) {
    step_user_take(run, order.b);
  }
  *streams = (struct payload_streams){.root = fds[0], .input = fds[1], .output = fds[2]};
}

void become_payload(const struct payload_plan *plan, int channel) {
  struct failure why;
  struct run_request run;
  struct payload_streams streams;
  int oom_score = -1;
  char byte;
  if (RETRY(recv(channel, &byte, 1, 0)) != 1) {
    _exit(0);
  }
  byte = prepare(plan, &oom_score, &why) < 0 ? PAYLOAD_FAILED : PAYLOAD_PREPARED;
  if (RETRY(send(channel, &byte, 1, MSG_NOSIGNAL)) != 1) {
    _exit(126);
  }
  if (byte == PAYLOAD_FAILED) {
    report(channel, &why);
  }
  receive_step(plan, channel, &run, &streams);
  if (set_oom_score(oom_score, run.oom_score, &why) == 0 &&
      allow_nesting(plan, &run, &why) == 0 && view_follow(streams.root, &why) == 0 &&
      take_streams(&run, streams.input, streams.output, &why) == 0 &&
      enter_directory(run.directory, &why) == 0 && privileges_set_attributes(&run, &why) == 0 &&
      privileges_drop(&run, plan->is_in_chroot, &why) == 0) {
    /* With read, which every filter allows: process 1 has the step's files, the caps are set. */
    if (RETRY(read(channel, &byte, 1)) != 1) {
      _exit(0);
    }
    execute(&run, &why);
  }
  report(channel, &why);
}
