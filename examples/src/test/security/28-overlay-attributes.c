/* check: 28
 * attempt: plant overlay.redirect, metacopy, opaque and whiteouts in the write layers, and mount them again
 * expected: refused, or without any effect in the next stage
 * control: none: it takes an overlay to misread them, and a kernel that does
 * stages: 2
 */
#include "attack.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static const char *const prefixes[] = {"user.overlay.", "user.overlay.overlay.", "trusted.overlay."};

static void plant(const char *path) {
  char name[64];
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    snprintf(name, sizeof name, "%sredirect", prefixes[i]);
    setxattr(path, name, "/", 1, 0);
    snprintf(name, sizeof name, "%smetacopy", prefixes[i]);
    setxattr(path, name, "", 0, 0);
    snprintf(name, sizeof name, "%sopaque", prefixes[i]);
    setxattr(path, name, "y", 1, 0);
    snprintf(name, sizeof name, "%swhiteout", prefixes[i]);
    setxattr(path, name, "y", 1, 0);
  }
}

static unsigned entries(const char *path) {
  unsigned count = 0;
  DIR *directory = opendir(path);
  while (directory != NULL && readdir(directory) != NULL) {
    count++;
  }
  return count;
}

static void first_stage(void) {
  mkdir("planted", 0755);
  close(open("planted/own", O_CREAT | O_WRONLY, 0644));
  close(open("empty", O_CREAT | O_WRONLY, 0644));
  plant("planted");
  plant("empty");
  refused("whiteout", mknod("whiteout", S_IFCHR, makedev(0, 0)), EPERM, 0);
}

static void second_stage(void) {
  struct stat status;
  bool is_own = entries("planted") == 3 && access("planted/own", F_OK) == 0;
  expect("redirect", is_own, is_own ? "its own entries" : "other entries");
  expect("checks", access("planted/checks", F_OK) < 0, "nothing of the root");
  bool is_empty = stat("empty", &status) == 0 && status.st_size == 0;
  expect("metacopy", is_empty, is_empty ? "an empty file" : "another file");
}

int main(int count, char **arguments) {
  expect("write layer", chdir(write_layer()) == 0, "a write layer");
  if (count > 1 && arguments[1][0] == '2') {
    second_stage();
  } else {
    first_stage();
  }
  verdict();
}
