/* Devices, directories, files of a root that is entered by chroot. Its files may be hard links into the store:
 * none is ever opened for writing, it is replaced. */
#include "chroot_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "chroots.h"
#include "cleanup.h"
#include "paths.h"
#include "protocol.h"
#include "step_ids.h"
#include "tree.h"

enum { COPY_MAX = 1 << 20, MODE_SHARED = 01777 };

static const struct {
  const char *name;
  unsigned major, minor;
} nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
             {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

static const struct {
  const char *path;
  mode_t mode;
} directories[] = {{"tmp", MODE_SHARED}, {"var/tmp", MODE_SHARED}, {"dev/shm", MODE_SHARED},
                   {"run", 0755},        {"workspace", 0755},  {"root", 0700}};

/* Where an image has something else at this path, a link for example, it stays. */
static int own_directory(int root, const char *path, uint32_t user, mode_t mode,
                         struct failure *why) {
  if (beneath_make_directories(root, path) < 0 && errno != ELOOP && errno != ENOTDIR) {
    return fail(why, "make-directory", path);
  }
  cleanup_fd int directory = beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0);
  if (directory < 0) {
    return errno == ELOOP || errno == ENOTDIR ? 0 : fail(why, "make-directory", path);
  }
  return fchown(directory, user, user) < 0 || fchmod(directory, mode) < 0
             ? fail(why, "make-directory", path)
             : 0;
}

static int make_devices(int root, struct failure *why) {
  uint64_t count = 0;
  if (beneath_make_directories(root, "dev") < 0) {
    return fail(why, "make-device", "dev");
  }
  cleanup_fd int dev = beneath_open(root, "dev", O_RDONLY | O_DIRECTORY, 0);
  if (dev < 0 || tree_clear(dev, &count, why) < 0) {
    return fail(why, "make-device", "dev");
  }
  for (size_t i = 0; i < COUNT_OF(nodes); i++) {
    if (mknodat(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) < 0 ||
        fchmodat(dev, nodes[i].name, 0666, 0) < 0) {
      return fail(why, "make-device", nodes[i].name);
    }
  }
  cleanup_fd int null = openat(dev, "null", O_WRONLY | O_CLOEXEC);
  return null < 0 ? fail_text(why, "make-device", "null", "the store's file system has no devices") : 0;
}

/* Takes away what is there, a link into the store perhaps, and makes a file in its place. */
static int replace(int root, const char *path, mode_t mode) {
  const char *name;
  cleanup_fd int parent = beneath_open_parent(root, path, &name);
  if (parent < 0 || (unlinkat(parent, name, 0) < 0 && errno != ENOENT)) {
    return -1;
  }
  return openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

static int write_all(int file, const char *data, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = RETRY(write(file, data + done, length - done));
    if (n < 0) {
      return -1;
    }
    done += (size_t)n;
  }
  return 0;
}

static int copy_content(int source, int root, const char *path, const char *more) {
  cleanup_free char *content = malloc(COPY_MAX + 1);
  size_t used = 0;
  ssize_t n = content == NULL ? -1 : 0;
  while (content != NULL && source >= 0 && used <= COPY_MAX &&
         (n = RETRY(read(source, content + used, COPY_MAX + 1 - used))) > 0) {
    used += (size_t)n;
  }
  if (used > COPY_MAX) {
    errno = EFBIG;
  }
  cleanup_fd int file = n < 0 || used > COPY_MAX ? -1 : replace(root, path, 0644);
  return file < 0 || write_all(file, content, used) < 0 || write_all(file, more, strlen(more)) < 0 ||
                 fchmod(file, 0644) < 0
             ? -1
             : 0;
}

static int add_account(int root, const char *path, const char *line, struct failure *why) {
  cleanup_fd int known = beneath_open(root, path, O_RDONLY | O_NONBLOCK, 0);
  return copy_content(known, root, path, line) < 0 ? fail(why, "make-account", path) : 0;
}

int chroot_complete(int root, uint32_t user, struct failure *why) {
  char line[96];
  if (make_devices(root, why) < 0) {
    return -1;
  }
  for (size_t i = 0; i < COUNT_OF(directories); i++) {
    if (own_directory(root, directories[i].path, user, directories[i].mode, why) < 0) {
      return -1;
    }
  }
  if (beneath_make_directories(root, "etc") < 0 || beneath_make_directories(root, "proc") < 0) {
    return fail(why, "make-directory", "etc, proc");
  }
  snprintf(line, sizeof line, "stepbox:x:%u:%u::/root:/bin/sh\n", user, user);
  if (add_account(root, "etc/passwd", line, why) < 0) {
    return -1;
  }
  snprintf(line, sizeof line, "stepbox:x:%u:\n", user);
  return add_account(root, "etc/group", line, why);
}

static int empty(int root, const struct mount_step *step, uint32_t user, struct failure *why) {
  uint64_t count = 0;
  if (own_directory(root, step->target, user, step->mode & 07777, why) < 0) {
    return -1;
  }
  cleanup_fd int directory = beneath_open(root, step->target, O_RDONLY | O_DIRECTORY, 0);
  return directory < 0 ? 0 : tree_clear(directory, &count, why);
}

/* A directory is an empty one of the step's own, a file a copy. */
static int stand_in(int root, const struct mount_step *step, int source, uint32_t user,
                    struct failure *why) {
  struct stat status;
  if (fstat(source, &status) < 0) {
    return fail(why, "stand-in", step->target);
  }
  if (S_ISDIR(status.st_mode)) {
    return own_directory(root, step->target, user, 0755, why);
  }
  return copy_content(source, root, step->target, "") < 0 ? fail(why, "stand-in", step->target) : 0;
}

static int prepare(int root, uint32_t user, const struct mount_step *step, int source,
                   struct failure *why) {
  switch (step->kind) {
    case MOUNT_TMPFS:
      return empty(root, step, user, why);
    case MOUNT_BIND:
      return stand_in(root, step, source, user, why);
    case MOUNT_FILE: {
      cleanup_fd int file = replace(root, step->target, 0600);
      return file < 0 ||
                     write_all(file, (const char *)step->content.data, step->content.length) < 0 ||
                     fchmod(file, step->mode & 07777) < 0
                 ? fail(why, "write", step->target)
                 : 0;
    }
    case MOUNT_OVERLAY:
      return fail_with(why, EOPNOTSUPP, "mount", step->target, "no overlay in a chroot");
    default:
      return mount_place(root, step, -1, why);
  }
}

static int own_home(int root, uint32_t user, const struct run_request *run, struct failure *why) {
  for (uint32_t i = 0; i < run->environment.count; i++) {
    const char *item = run->environment.items[i];
    if (strncmp(item, "HOME=/", 6) == 0 && item[6] != 0 && path_is_plain(item + 6) &&
        own_directory(root, item + 6, user, 0700, why) < 0) {
      return -1;
    }
  }
  return 0;
}

int chroot_prepare(int root, uint32_t user, const struct run_request *run, const int *sources,
                   struct failure *why) {
  step_ids_make_files(user);
  int result = own_home(root, user, run, why);
  for (uint32_t i = 0; i < run->mounts.count && result == 0; i++) {
    result = prepare(root, user, &run->mounts.steps[i], sources[i], why);
  }
  step_ids_make_files(0);
  return result;
}
