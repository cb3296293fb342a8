/* The kernel's view of processes. */
#include "processes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "kernel.h"
#include "mounts.h"
#include "protocol.h"

int processes_mount(unsigned attributes, bool may_borrow, bool *is_borrowed, struct failure *why) {
  int proc = make_filesystem("proc", (const char *const[]){NULL}, attributes, why);
  *is_borrowed = false;
  if (proc < 0 && why->error == EPERM && may_borrow) {
    proc = clone_tree(AT_FDCWD, "/proc", MOUNT_NOSUID | MOUNT_NOEXEC, why);
    *is_borrowed = proc >= 0;
  }
  return proc;
}

pid_t processes_number(int proc, bool is_borrowed, pid_t pid, struct failure *why) {
  if (!is_borrowed) {
    return pid;
  }
  char path[48], text[1024];
  cleanup_fd int process = kernel_pidfd_open(pid);
  snprintf(path, sizeof path, "self/fdinfo/%d", process);
  cleanup_fd int info = process < 0 ? -1 : openat(proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t length = info < 0 ? -1 : RETRY(read(info, text, sizeof text - 1));
  if (length < 0) {
    return fail(why, "find-process", path);
  }
  text[length] = 0;
  const char *line = strstr(text, "\nPid:\t");
  int number = line == NULL ? 0 : atoi(line + strlen("\nPid:\t"));
  return number > 0 ? number : fail_with(why, ESRCH, "find-process", path, "has no number here");
}

/* By the flag PF_FORKNOEXEC in the ninth field of its stat file. */
enum process_execution processes_execution(int proc, pid_t number) {
  enum { FORKED_NO_EXEC = 0x40 };
  char path[32], text[512], state;
  unsigned flags;
  snprintf(path, sizeof path, "%d/stat", number);
  cleanup_fd int stat = openat(proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t length = stat < 0 ? -1 : RETRY(read(stat, text, sizeof text - 1));
  if (length <= 0) {
    return PROCESS_FAILED;
  }
  text[length] = 0;
  const char *after_name = strrchr(text, ')');
  if (after_name == NULL ||
      sscanf(after_name + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2) {
    return PROCESS_FAILED;
  }
  if ((flags & FORKED_NO_EXEC) == 0) {
    return PROCESS_EXECUTED;
  }
  return state == 'Z' || state == 'X' ? PROCESS_FAILED : PROCESS_WAITS;
}
