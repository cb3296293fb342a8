/* Directories of programs and libraries. */
#include "libraries.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "mounts.h"
#include "paths.h"

static const char *const directories[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

static int put_tree(int root, const char *name, struct failure *why) {
  char source[32];
  snprintf(source, sizeof source, "/host/machine/%s", name);
  cleanup_fd int tree = clone_tree(AT_FDCWD, source, 0, why);
  if (tree < 0) {
    return -1;
  }
  cleanup_fd int target = beneath_open(root, name, O_PATH, 0);
  return target < 0 || attach(tree, target) < 0 ? fail(why, "put-libraries", name) : 0;
}

int libraries_put(int root, struct failure *why) {
  if (put_tree(root, "usr", why) < 0) {
    return -1;
  }
  for (size_t i = 0; i < COUNT_OF(directories); i++) {
    const char *name = directories[i];
    char source[32], link[32];
    struct stat status;
    snprintf(source, sizeof source, "/host/machine/%s", name);
    snprintf(link, sizeof link, "usr/%s", name);
    if (fstatat(AT_FDCWD, source, &status, AT_SYMLINK_NOFOLLOW) < 0) {
      if (symlinkat(link, root, name) < 0) {
        return fail(why, "put-libraries", name);
      }
      continue;
    }
    if (mkdirat(root, name, 0755) < 0) {
      return fail(why, "put-libraries", name);
    }
    if (put_tree(root, name, why) < 0) {
      return -1;
    }
  }
  return 0;
}
