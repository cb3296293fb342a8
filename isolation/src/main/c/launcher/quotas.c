/* What the kernel counts for a user in the whole machine. It counts for the user of a namespace what is taken
 * in it and in those below, up to the user on the host. */
#include "quotas.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cleanup.h"
#include "idmap.h"

enum { SIGNALS = 4096, QUEUE_BYTES = 400 * 1024 };

/* The file of this namespace, and that of the user on the host. */
static const struct watches {
  const char *here;
  const char *host;
} watches[] = {
    {"sys/user/max_inotify_instances", "sys/fs/inotify/max_user_instances"},
    {"sys/user/max_inotify_watches", "sys/fs/inotify/max_user_watches"},
    {"sys/user/max_fanotify_groups", "sys/fs/fanotify/max_user_groups"},
    {"sys/user/max_fanotify_marks", "sys/fs/fanotify/max_user_marks"},
};

static int share(int proc, const struct watches *kind, uint64_t parts, struct failure *why) {
  char text[24];
  cleanup_fd int host = openat(proc, kind->host, O_RDONLY | O_CLOEXEC);
  if (host < 0) {
    return errno == ENOENT ? 0 : fail(why, "quota", kind->host); /* a kernel without them */
  }
  ssize_t length = RETRY(read(host, text, sizeof text - 1));
  if (length <= 0) {
    return fail(why, "quota", kind->host);
  }
  text[length] = 0;
  uint64_t all = strtoull(text, NULL, 10);
  snprintf(text, sizeof text, "%llu", (unsigned long long)(all / parts));
  return write_file_at(proc, kind->here, text, why);
}

int quotas_share_watches(int proc, uint64_t parts, struct failure *why) {
  for (size_t i = 0; i < COUNT_OF(watches); i++) {
    if (share(proc, &watches[i], parts, why) < 0) {
      return -1;
    }
  }
  return 0;
}

/* Half of what the user has, if that is less. */
static int lower(int resource, rlim_t most, struct failure *why) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) < 0) {
    return fail_text(why, "rlimit", "queues", "resource %d", resource);
  }
  rlim_t half = limit.rlim_max == RLIM_INFINITY ? most : limit.rlim_max / 2;
  limit.rlim_max = most < half ? most : half;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(resource, &limit) < 0 ? fail_text(why, "rlimit", "queues", "resource %d", resource)
                                         : 0;
}

int quotas_limit_queues(struct failure *why) {
  return lower(RLIMIT_SIGPENDING, SIGNALS, why) < 0 || lower(RLIMIT_MSGQUEUE, QUEUE_BYTES, why) < 0
             ? -1
             : 0;
}
