/* A file is as it was when at its path lies the same inode with the same time of its last change of status:
 * nobody can set that time, it comes from the kernel's clock, and each way to change a file moves it. What a
 * directory brings with it that was renamed lies at new paths. */
#include "written.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
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

/* What is noted after the path of an entry and its zero byte. */
struct mark {
  uint64_t inode;
  int64_t seconds;
  int64_t nanoseconds;
};

struct known {
  const char *path;
  struct mark mark;
};

struct collection {
  char *text; /* of the notes */
  struct known *known;
  size_t count;
  char path[WALK_PATH_MAX]; /* of the entry that is looked at */
};

struct notes {
  FILE *out;
};

static struct mark mark_of(const struct stat *status) {
  return (struct mark){.inode = status->st_ino,
                       .seconds = status->st_ctim.tv_sec,
                       .nanoseconds = status->st_ctim.tv_nsec};
}

static int note(void *owner, const struct walk_entry *entry, struct failure *why) {
  const struct notes *notes = owner;
  if (entry->path == NULL) {
    return fail_with(why, ENAMETOOLONG, "note-files", entry->name, "lies too deep");
  }
  struct mark mark = mark_of(entry->status);
  return fwrite(entry->path, strlen(entry->path) + 1, 1, notes->out) != 1 ||
                 fwrite(&mark, sizeof mark, 1, notes->out) != 1
             ? fail(why, "note-files", entry->path)
             : 0;
}

int written_note(int tree, int file, struct failure *why) {
  int copy = fcntl(file, F_DUPFD_CLOEXEC, 0);
  struct notes notes = {.out = copy < 0 ? NULL : fdopen(copy, "w")};
  if (notes.out == NULL) {
    return fail(why, "note-files", "file");
  }
  struct walk_visitor visitor = {.owner = &notes, .entry = note};
  int result = walk_tree(tree, &visitor, why);
  if (fclose(notes.out) != 0 && result == 0) {
    result = fail(why, "note-files", "file");
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
  if (file < 0 || fstat(file, &status) < 0 || unlinkat(tree, name, 0) < 0) {
    return fail(why, "look-at-clock", name);
  }
  *moment = status.st_ctim;
  return 0;
}

int written_settle(int tree, struct failure *why) {
  struct timespec moment, later;
  if (tick(tree, &moment, why) < 0) {
    return -1;
  }
  do {
    usleep(1000);
    if (tick(tree, &later, why) < 0) {
      return -1;
    }
  } while (!is_after(&later, &moment));
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

static int by_path(const void *a, const void *b) {
  return strcmp(((const struct known *)a)->path, ((const struct known *)b)->path);
}

static bool is_changed(const struct collection *collection, const struct stat *status) {
  struct known wanted = {.path = collection->path};
  const struct known *known = bsearch(&wanted, collection->known, collection->count,
                                      sizeof *collection->known, by_path);
  struct mark mark = mark_of(status);
  return known == NULL || known->mark.inode != mark.inode || known->mark.seconds != mark.seconds ||
         known->mark.nanoseconds != mark.nanoseconds;
}

static int read_whole(int file, char **text, size_t *length) {
  struct stat status;
  if (fstat(file, &status) < 0) {
    return -1;
  }
  *text = malloc((size_t)status.st_size + 1);
  for (*length = 0; *text != NULL && *length < (size_t)status.st_size;) {
    ssize_t n = RETRY(pread(file, *text + *length, (size_t)status.st_size - *length, (off_t)*length));
    if (n <= 0) {
      return -1;
    }
    *length += (size_t)n;
  }
  return *text == NULL ? -1 : 0;
}

/* Twice over the notes: to count them, and to list them. */
static void list_notes(struct collection *collection, size_t length) {
  collection->count = 0;
  for (size_t at = 0; at < length;) {
    const char *path = collection->text + at;
    at += strlen(path) + 1;
    if (collection->known != NULL) {
      collection->known[collection->count].path = path;
      memcpy(&collection->known[collection->count].mark, collection->text + at, sizeof(struct mark));
    }
    collection->count++;
    at += sizeof(struct mark);
  }
}

static int read_notes(int notes, struct collection *collection, struct failure *why) {
  size_t length = 0;
  if (read_whole(notes, &collection->text, &length) < 0) {
    return fail(why, "collect", "notes");
  }
  list_notes(collection, length);
  collection->known = calloc(collection->count + 1, sizeof *collection->known);
  if (collection->known == NULL) {
    return fail(why, "collect", "notes");
  }
  list_notes(collection, length);
  qsort(collection->known, collection->count, sizeof *collection->known, by_path);
  return 0;
}

static int collect_level(struct collection *collection, struct level *level, struct failure *why);

static int collect_directory(struct collection *collection, struct level *parent, const char *name,
                             bool is_new, struct failure *why) {
  struct level level = {.parent = parent, .name = name, .upper = -1, .depth = parent->depth + 1};
  cleanup_fd int tree =
      openat(parent->tree, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0 || level.depth > DEPTH_MAX) {
    return tree < 0 ? fail(why, "collect", name)
                    : fail_with(why, ENAMETOOLONG, "collect", name, "lies deeper than %d", DEPTH_MAX);
  }
  level.tree = tree;
  int result = is_new && make_upper(&level, why) < 0 ? -1 : collect_level(collection, &level, why);
  if (result == 0 && level.upper >= 0 && copy_times(tree, level.upper) < 0) {
    result = fail(why, "collect", name);
  }
  close_and_forget(&level.upper);
  return result;
}

static int collect_entry(struct collection *collection, struct level *level, const char *name,
                         struct failure *why) {
  struct stat status;
  if (fstatat(level->tree, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return errno == ENOENT ? 0 : fail(why, "collect", name);
  }
  bool is_new = is_changed(collection, &status);
  if (S_ISDIR(status.st_mode)) {
    return collect_directory(collection, level, name, is_new, why);
  }
  if (!is_new || S_ISSOCK(status.st_mode)) {
    return 0;
  }
  return make_upper(level, why) < 0 ||
                 linkat(level->tree, name, level->upper, name, 0) < 0
             ? fail(why, "collect", name)
             : 0;
}

/* With the name at the end of the path, as long as it takes. */
static int collect_named(struct collection *collection, struct level *level, const char *name,
                         struct failure *why) {
  size_t length = strlen(collection->path);
  int added = snprintf(collection->path + length, sizeof collection->path - length, "%s%s",
                       length == 0 ? "" : "/", name);
  int result = (size_t)added >= sizeof collection->path - length
                   ? fail_with(why, ENAMETOOLONG, "collect", name, "lies too deep")
                   : collect_entry(collection, level, name, why);
  collection->path[length] = 0;
  return result;
}

static int collect_level(struct collection *collection, struct level *level, struct failure *why) {
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
        collect_named(collection, level, item->d_name, why) < 0) {
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

static int hide_gone(const struct collection *collection, int tree, int upper, struct failure *why) {
  for (size_t i = 0; i < collection->count; i++) {
    if (hide(tree, upper, collection->known[i].path, why) < 0) {
      return -1;
    }
  }
  return 0;
}

static int collect(struct collection *collection, int tree, int notes, int upper,
                   struct failure *why) {
  struct level top = {.name = "workspace", .tree = tree, .upper = upper};
  return read_notes(notes, collection, why) < 0 || collect_level(collection, &top, why) < 0 ||
                 hide_gone(collection, tree, upper, why) < 0
             ? -1
             : 0;
}

int written_collect(int tree, int notes, int upper, struct failure *why) {
  uint64_t count = 0;
  if (tree_clear(upper, &count, why) < 0) {
    return -1;
  }
  struct collection *collection = calloc(1, sizeof *collection);
  if (collection == NULL || copy_status(tree, upper) < 0) {
    free(collection);
    return fail(why, "collect", "workspace");
  }
  int result = collect(collection, tree, notes, upper, why);
  free(collection->known);
  free(collection->text);
  free(collection);
  return result;
}
