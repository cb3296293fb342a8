/* The numbers of /proc/PID/status, which is open to everybody and cannot be hidden by its process. */
#include "user_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "loop.h"

enum {
  LOOK_NS = 25 * 1000 * 1000,
  ALMOST = 8, /* at the moment of a look, some of the processes that filled the cap may have ended */
  KIB = 1024,
};

struct sum {
  uint64_t memory;
  uint64_t threads;
};

static uint64_t number_after(const char *text, const char *key) {
  const char *at = strstr(text, key);
  return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

static void add(int proc, const char *process, uint32_t user, struct sum *sum) {
  char path[32], text[4096];
  snprintf(path, sizeof path, "%.16s/status", process);
  cleanup_fd int status = openat(proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t length = status < 0 ? -1 : RETRY(read(status, text, sizeof text - 1));
  if (length <= 0) {
    return; /* it ended meanwhile */
  }
  text[length] = 0;
  if (number_after(text, "\nUid:\t") == user) {
    sum->memory += KIB * (number_after(text, "\nRssAnon:") + number_after(text, "\nRssShmem:") +
                          number_after(text, "\nVmSwap:"));
    sum->threads += number_after(text, "\nThreads:\t");
  }
}

bool user_watch_look(struct user_watch *watch) {
  struct sum sum = {0};
  cleanup_dir DIR *proc = opendir("/proc");
  const struct dirent *item;
  while (proc != NULL && (item = readdir(proc)) != NULL) {
    if (item->d_name[0] >= '1' && item->d_name[0] <= '9') {
      add(dirfd(proc), item->d_name, watch->user, &sum);
    }
  }
  watch->was_full |= watch->pids != 0 && sum.threads >= watch->pids - watch->pids / ALMOST;
  watch->due = monotonic_now() + LOOK_NS;
  return watch->memory != 0 && sum.memory > watch->memory;
}

void user_watch_begin(struct user_watch *watch, uint32_t user, const struct cgroup_files *writes) {
  *watch = (struct user_watch){.user = user};
  for (uint32_t i = 0; i < writes->count; i++) {
    const struct cgroup_file *write = &writes->items[i];
    if (strcmp(write->hierarchy, "watch") != 0) {
      continue;
    }
    uint64_t value = strtoull(write->value, NULL, 10);
    if (strcmp(write->file, "memory") == 0) {
      watch->memory = value;
    } else if (strcmp(write->file, "pids") == 0) {
      watch->pids = value;
    }
  }
  watch->due = watch->memory == 0 && watch->pids == 0 ? 0 : monotonic_now();
}
