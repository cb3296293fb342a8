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
