/* Probes of overlays: on the store when one is given, as that is where write layers will be, else on a
 * tmpfs. */
#include "probe_overlay.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "attributes.h"
#include "cleanup.h"
#include "kernel.h"
#include "mounts.h"
#include "overlay.h"
#include "protocol.h"
#include "tree.h"

struct try {
  int base;
  int merged; /* the mounted overlay */
};

static int make_file(int dir, const char *path) {
  cleanup_fd int file = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  return file < 0 ? -1 : 0;
}

static int fill(int base, struct failure *why) {
  static const char *const directories[] = {"lower", "upper", "work", "lower/dir"};
  for (size_t i = 0; i < COUNT_OF(directories); i++) {
    if (mkdirat(base, directories[i], 0755) < 0) {
      return fail(why, "mkdir", directories[i]);
    }
  }
  return make_file(base, "lower/file") < 0 || make_file(base, "lower/dir/inner") < 0
             ? fail(why, "create", "lower/file")
             : 0;
}

/* Mounts an overlay of base/lower and base/upper, and uses it. */
static int mount_and_use(int base, int (*use)(const struct try *, struct failure *),
                         struct failure *why) {
  if (fill(base, why) < 0) {
    return -1;
  }
  char *lowers[] = {(char[]){"/store/lower"}, NULL};
  struct mount_step step = {.kind = MOUNT_OVERLAY,
                            .flags = MOUNT_VOLATILE,
                            .target = (char[]){"probe"},
                            .lowers = {.items = lowers, .count = 1},
                            .upper = (char[]){"/store/upper"},
                            .work = (char[]){"/store/work"}};
  struct places places = {.store = base, .host = -1, .roots = -1};
  cleanup_fd int merged = overlay_make(&places, &step, 0, why);
  return merged < 0 ? -1 : use(&(struct try){.base = base, .merged = merged}, why);
}

/* Below the working directory: the ids of the namespace need not be able to walk to it. */
static int try_on_store(const struct options *options,
                        int (*use)(const struct try *, struct failure *), struct failure *why) {
  char name[] = ".probe-XXXXXX";
  errno = options->store_error;
  if (options->store_error != 0 || mkdtemp(name) == NULL) {
    return fail(why, "mkdir", options->store);
  }
  cleanup_fd int base = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = base < 0 ? fail(why, "open", name) : mount_and_use(base, use, why);
  struct failure ignored; /* what is left would be told by the probe that left it */
  uint64_t count;
  if (base >= 0 && tree_clear(base, &count, &ignored) == 0) {
    rmdir(name);
  }
  return result;
}

static int try_on_tmpfs(int (*use)(const struct try *, struct failure *), struct failure *why) {
  static const char *const settings[] = {"mode", "0755", NULL};
  cleanup_fd int mount = make_filesystem("tmpfs", settings, 0, why);
  cleanup_fd int root = open("/", O_PATH | O_CLOEXEC);
  if (mount < 0) {
    return -1;
  }
  if (root < 0 || attach(mount, root) < 0) {
    return fail(why, "attach", "tmpfs");
  }
  return mount_and_use(mount, use, why);
}

static int try_overlay(const struct options *options,
                       int (*use)(const struct try *, struct failure *), struct failure *why) {
  return options->store == NULL ? try_on_tmpfs(use, why) : try_on_store(options, use, why);
}

static int use_write(const struct try *try, struct failure *why) {
  return make_file(try->merged, "dir/new") < 0 ? fail(why, "create", "in the overlay") : 0;
}

static int use_whiteout(const struct try *try, struct failure *why) {
  struct stat status;
  if (unlinkat(try->merged, "file", 0) < 0) {
    return fail(why, "unlink", "in the overlay");
  }
  if (fstatat(try->base, "upper/file", &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return fail(why, "stat", "whiteout");
  }
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0)
             ? 0
             : fail_with(why, EINVAL, "whiteout", "upper/file", "is no character device 0:0");
}

static int use_opaque(const struct try *try, struct failure *why) {
  if (unlinkat(try->merged, "dir/inner", 0) < 0 ||
      unlinkat(try->merged, "dir", AT_REMOVEDIR) < 0 || mkdirat(try->merged, "dir", 0755) < 0) {
    return fail(why, "replace", "a directory in the overlay");
  }
  cleanup_fd int upper = openat(try->base, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return upper >= 0 && attribute_first_byte(upper, "dir", "user.overlay.opaque") == 'y'
             ? 0
             : fail_with(why, ENODATA, "opaque", "upper/dir", "has no user.overlay.opaque");
}

int probe_overlay(const struct options *options, struct failure *why) {
  return try_overlay(options, use_write, why);
}

int probe_overlay_whiteout(const struct options *options, struct failure *why) {
  return try_overlay(options, use_whiteout, why);
}

int probe_overlay_opaque(const struct options *options, struct failure *why) {
  return try_overlay(options, use_opaque, why);
}

int probe_overlay_descriptors(const struct options *options, struct failure *why) {
  (void)options;
  return overlay_takes_descriptors()
             ? 0
             : fail_with(why, EINVAL, "fsconfig", "lowerdir+", "takes no descriptors before Linux 6.13");
}
