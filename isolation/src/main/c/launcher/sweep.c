/* Removal of cgroups that only root of the build's user namespace may remove. */
#include "sweep.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "cgroups.h"
#include "cleanup.h"
#include "start.h"
#include "status.h"

enum { TRIES = 200, PAUSE_NS = 10 * 1000 * 1000 };

/* The kernel takes a moment to end the processes of a supervisor that was killed. */
static int remove_all(void *data, pid_t outer) {
  const struct options *options = data;
  struct cgroups cgroups = {0};
  struct failure why;
  (void)outer;
  if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0 ||
      cgroups_open(&cgroups, options, &why) < 0) {
    return 1;
  }
  for (unsigned i = 0; !cgroups_clear(&cgroups); i++) {
    struct timespec pause = {.tv_nsec = PAUSE_NS};
    if (i == TRIES) {
      return 1;
    }
    nanosleep(&pause, NULL);
  }
  return 0;
}

int sweep(const struct options *options) {
  static struct options copy;
  struct failure why;
  int status = 0;
  copy = *options;
  pid_t pid = start_in_user_namespace(&copy, remove_all, &copy, &why);
  if (pid < 0) {
    status_failed(options->status_fd, &why);
    return 1;
  }
  return RETRY(waitpid(pid, &status, 0)) == pid && status == 0 ? 0 : 1;
}
