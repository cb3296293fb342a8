/* Claims are names of abstract sockets: one for all processes that share a network, gone with its holder. */
#include "step_user.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"

/* Of two ids that follow each other, the second is the one from which the first is signalled. */
enum { IDS_PER_USER = 2 };

/* What is killed is gone within microseconds, unless the kernel has to finish something for it. */
enum { END_TRIES = 500, END_PAUSE_US = 1000 };

/* As a process that may signal the user's and nobody else's, and that these may not signal: permission looks
 * at the real and the saved id of the target, which are those of nobody else. */
static _Noreturn void signal_everyone(uint32_t user, int signal) {
  uint32_t guard = user + 1;
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
  /* With a capability left, and be it for another purpose, this would reach everybody. */
  if (syscall(SYS_setresgid, guard, guard, guard) < 0 ||
      syscall(SYS_setresuid, guard, user, guard) < 0 || syscall(SYS_capset, &header, none) < 0) {
    _exit(1);
  }
  kill(-1, signal); /* ESRCH: nobody is left, which is fine */
  _exit(0);
}

/* By the descriptor that the number was looked at with, so that it cannot become another process's. */
static void signal_if_of(const char *process, uint32_t user, int signal) {
  char path[32], text[1024];
  cleanup_fd int target = kernel_pidfd_open(atoi(process));
  snprintf(path, sizeof path, "/proc/%.16s/status", process);
  cleanup_fd int status = target < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = status < 0 ? -1 : RETRY(read(status, text, sizeof text - 1));
  if (length <= 0) {
    return; /* it ended meanwhile */
  }
  text[length] = 0;
  const char *owner = strstr(text, "\nUid:\t");
  if (owner != NULL && strtoul(owner + strlen("\nUid:\t"), NULL, 10) == user) {
    kernel_pidfd_send_signal(target, signal); /* ESRCH: the same */
  }
}

/* One after another, and so not all at once: for when no process can be made. */
static void signal_one_by_one(uint32_t user, int signal) {
  cleanup_dir DIR *proc = opendir("/proc");
  const struct dirent *item;
  while (proc != NULL && (item = readdir(proc)) != NULL) {
    if (item->d_name[0] >= '1' && item->d_name[0] <= '9') {
      signal_if_of(item->d_name, user, signal);
    }
  }
}

void step_user_signal(uint32_t user, int signal) {
  pid_t pid = fork();
  if (pid == 0) {
    signal_everyone(user, signal);
  }
  if (pid < 0) {
    signal_one_by_one(user, signal);
  }
}

int step_user_kill(uint32_t user, struct failure *why) {
  int status = 0;
  pid_t pid = fork();
  if (pid == 0) {
    signal_everyone(user, SIGKILL);
  }
  if (pid < 0 || RETRY(waitpid(pid, &status, 0)) != pid || status != 0) {
    return fail_with(why, EPERM, "id-user", "users of steps", "user %u cannot be had", user);
  }
  return 0;
}

static bool has_living(uint32_t user) {
  cleanup_dir DIR *proc = opendir("/proc");
  const struct dirent *item;
  while (proc != NULL && (item = readdir(proc)) != NULL) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%.16s/status", item->d_name);
    cleanup_fd int status =
        item->d_name[0] < '1' || item->d_name[0] > '9' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = status < 0 ? -1 : RETRY(read(status, text, sizeof text - 1));
    if (length > 0) {
      text[length] = 0;
      const char *owner = strstr(text, "\nUid:\t");
      const char *state = strstr(text, "\nState:\t");
      if (owner != NULL && strtoul(owner + strlen("\nUid:\t"), NULL, 10) == user &&
          state != NULL && strchr("ZX", state[strlen("\nState:\t")]) == NULL) {
        return true;
      }
    }
  }
  return false;
}

void step_user_end(uint32_t user) {
  struct failure ignored;
  for (int i = 0; i < END_TRIES; i++) {
    if (step_user_kill(user, &ignored) < 0) {
      signal_one_by_one(user, SIGKILL);
    }
    if (!has_living(user)) {
      return;
    }
    usleep(END_PAUSE_US);
  }
}

static bool take(uint32_t user, int claim) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "stepbox-step-user-%u", user);
  return bind(claim, (struct sockaddr *)&address,
              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0;
}

int step_user_claim(const struct options *options, uint32_t *user, int *claim, struct failure *why) {
  cleanup_fd int socket_of = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_of < 0) {
    return fail(why, "socket", "claim of a user");
  }
  for (uint32_t i = 0; i + 1 < options->users_count; i += IDS_PER_USER) {
    *user = options->users_first + i;
    if (take(*user, socket_of)) {
      if (step_user_kill(*user, why) < 0) {
        return -1;
      }
      *claim = steal_fd(&socket_of);
      return 0;
    }
    if (errno != EADDRINUSE) {
      return fail(why, "bind", "claim of a user");
    }
  }
  return fail_with(why, EAGAIN, "id-user", "users of steps", "all %u are in use",
                   options->users_count / IDS_PER_USER);
}
