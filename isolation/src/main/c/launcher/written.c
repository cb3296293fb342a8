/* The time of a file's last change of status tells whether it was changed: nobody can set it, it comes from
 * the kernel's clock, and each way to change a file moves it. */
#include "written.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attributes.h"
#include "cleanup.h"
#include "paths.h"
#include "tree.h"
#include "walk.h"

enum { DEPTH_MAX = 256 };

/* A directory and its counterpart in the upper one, which is made when something in it was changed. */
struct level {
  struct level *parent;
  const char *name;
  int tree;
  int upper; /* -1: not made */
  unsigned depth;
};

struct notes {
  FILE *out;
};

static int note(void *owner, const struct walk_entry *entry, struct failure *why) {
  const struct notes *notes = owner;
  if (entry->path == NULL) {
    return fail_with(why, ENAMETOOLONG, "note-names", entry->name, "lies too deep");
  }
  return fwrite(entry->path, 1, strlen(entry->path) + 1, notes->out) == 0
             ? fail(why, "note-names", entry->path)
             : 0;
}

int written_note_names(int tree, int file, struct failure *why) {
  int copy = fcntl(file, F_DUPFD_CLOEXEC, 0);
  struct notes notes = {.out = copy < 0 ? NULL : fdopen(copy, "w")};
  if (notes.out == NULL) {
    return fail(why, "note-names", "file");
  }
  struct walk_visitor visitor = {.owner = &notes, .entry = note};
  int result = walk_tree(tree, &visitor, why);
  if (fclose(notes.out) != 0 && result == 0) {
    result = fail(why, "note-names", "file");
  }
  return result;
}

static bool is_after(const struct timespec *a, const struct timespec *b) {
  return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static int tick(int tree, struct timespec *moment, struct failure *why) {
  static const char name[] = ".stepbox-moment";
  struct stat status;
  cleanup_fd int file = openat(tree, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int result = file < 0 || fstat(file, &status) < 0 ? fail(why, "look-at-clock", name) : 0;
  if (file >= 0 && unlinkat(tree, name, 0) < 0) {
    result = fail(why, "look-at-clock", name);
  }
  *moment = status.st_ctim;
  return result;
}

int written_begin(int tree, struct timespec *moment, struct failure *why) {
  struct timespec later;
  if (tick(tree, moment, why) < 0) {
    return -1;
  }
  do {
    usleep(1000);
    if (tick(tree, &later, why) < 0) {
      return -1;
    }
  } while (!is_after(&later, moment));
  return 0;
}

static int copy_status(int from, int to) {
  struct stat status;
  return fstat(from, &status) == 0 && fchown(to, status.st_uid, status.st_gid) == 0 &&
                 fchmod(to, status.st_mode & 07777) == 0
             ? 0
             : -1;
}

static int copy_times(int from, int to) {
  struct stat status;
  if (fstat(from, &status) < 0) {
    return -1;
  }
  struct timespec times[2] = {status.st_mtim, status.st_mtim};
  return futimens(to, times);
}

static int make_upper(struct level *level, struct failure *why) {
  if (level->upper >= 0) {
    return 0;
  }
  if (make_upper(level->parent, why) < 0) {
    return -1;
  }
  if (mkdirat(level->parent->upper, level->name, 0700) < 0) {
    return fail(why, "collect", level->name);
  }
  level->upper =
      openat(level->parent->upper, level->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return level->upper < 0 || copy_status(level->tree, level->upper) < 0
             ? fail(why, "collect", level->name)
             : 0;
}

static int collect_level(struct level *level, const struct timespec *moment, struct failure *why);

static int collect_directory(struct level *parent, const char *name, bool is_changed,
                             const struct timespec *moment, struct failure *why) {
  struct level level = {.parent = parent, .name = name, .upper = -1, .depth = parent->depth + 1};
  cleanup_fd int tree =
      openat(parent->tree, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0 || level.depth > DEPTH_MAX) {
    return tree < 0 ? fail(why, "collect", name)
                    : fail_with(why, ENAMETOOLONG, "collect", name, "lies deeper than %d", DEPTH_MAX);
  }
  level.tree = tree;
  int result = is_changed && make_upper(&level, why) < 0 ? -1 : collect_level(&level, moment, why);
  if (result == 0 && level.upper >= 0 && copy_times(tree, level.upper) < 0) {
    result = fail(why, "collect", name);
  }
  close_and_forget(&level.upper);
  return result;
}

static int collect_entry(struct level *level, const char *name, const struct timespec *moment,
                         struct failure *why) {
  struct stat status;
  if (fstatat(level->tree, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return errno == ENOENT ? 0 : fail(why, "collect", name);
  }
  bool is_changed = is_after(&status.st_ctim, moment);
  if (S_ISDIR(status.st_mode)) {
    return collect_directory(level, name, is_changed, moment, why);
  }
  if (!is_changed || S_ISSOCK(status.st_mode)) {
    return 0;
  }
  return make_upper(level, why) < 0 ||
                 linkat(level->tree, name, level->upper, name, 0) < 0
             ? fail(why, "collect", name)
             : 0;
}

static int collect_level(struct level *level, const struct timespec *moment, struct failure *why) {
  int copy = openat(level->tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  cleanup_dir DIR *directory = copy < 0 ? NULL : fdopendir(copy);
  if (directory == NULL) {
    if (copy >= 0) {
      close(copy);
    }
    return fail(why, "collect", level->name);
  }
  for (;;) {
    errno = 0;
    const struct dirent *item = readdir(directory);
    if (item == NULL) {
      return errno == 0 ? 0 : fail(why, "collect", level->name);
    }
    if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0 &&
        collect_entry(level, item->d_name, moment, why) < 0) {
      return -1;
    }
  }
}

/* Nothing is hidden where a directory is gone as a whole: what hides it hides what was in it. */
static int hide(int tree, int upper, const char *path, struct failure *why) {
  const char *name;
  cleanup_fd int there = beneath_open(tree, path, O_PATH | O_NOFOLLOW, 0);
  if (there >= 0) {
    return 0;
  }
  cleanup_fd int parent = beneath_open_parent(tree, path, &name);
  if (parent < 0) {
    return 0;
  }
  cleanup_fd int hidden_in = beneath_open_parent(upper, path, &name);
  if (hidden_in < 0 || mknodat(hidden_in, name, S_IFCHR, makedev(0, 0)) < 0) {
    return fail(why, "collect", path);
  }
  /* Not the same descriptor: that one is good for lookups only. */
  cleanup_fd int directory = openat(hidden_in, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return directory < 0 || copy_times(parent, directory) < 0 ? fail(why, "collect", path) : 0;
}

static int hide_gone(int tree, int names, int upper, struct failure *why) {
  int copy = fcntl(names, F_DUPFD_CLOEXEC, 0);
  FILE *list = copy < 0 || lseek(copy, 0, SEEK_SET) < 0 ? NULL : fdopen(copy, "r");
  char *path = NULL;
  size_t capacity = 0;
  int result = list == NULL ? fail(why, "collect", "names") : 0;
  while (result == 0 && getdelim(&path, &capacity, 0, list) > 0) {
    result = hide(tree, upper, path, why);
  }
  free(path);
  if (list != NULL) {
    fclose(list);
  } else if (copy >= 0) {
    close(copy);
  }
  return result;
}

int written_collect(int tree, int names, const struct timespec *moment, int upper,
                    struct failure *why) {
  struct level top = {.name = "workspace", .tree = tree, .upper = upper};
  uint64_t count = 0;
  if (tree_clear(upper, &count, why) < 0 || copy_status(tree, upper) < 0) {
    return why->error != 0 ? -1 : fail(why, "collect", "workspace");
  }
  return collect_level(&top, moment, why) < 0 || hide_gone(tree, names, upper, why) < 0 ? -1 : 0;
}
