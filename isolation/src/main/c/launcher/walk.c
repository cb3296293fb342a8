/* A depth-first walk. Of the directories on the way down, the newest stay open and every CHECKPOINT-th one;
 * the others are found again by name from there, and checked to be what they were. (Not through "..":
 * below a bind mount each such step costs time in proportion to the depth.) */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

enum { NEWEST = 64, CHECKPOINT = 512 };

struct level {
  int fd;
  dev_t device;
  ino_t inode;
  size_t names_begin; /* subdirectories not yet entered: in `names`, last one first */
  size_t path_length;
  bool path_is_whole;
};

struct walk {
  const struct walk_visitor *visitor;
  struct level *levels;
  size_t depth;
  size_t level_capacity;
  char *names; /* strings, each ending with NUL */
  size_t names_length;
  size_t names_capacity;
  char path[WALK_PATH_MAX];
};

static void *grow(void *array, size_t *capacity, size_t needed, size_t size) {
  size_t wanted = *capacity == 0 ? 64 : *capacity;
  while (wanted < needed) {
    wanted *= 2;
  }
  void *grown = wanted == *capacity ? array : realloc(array, wanted * size);
  if (grown != NULL) {
    *capacity = wanted;
  }
  return grown;
}

static int remember_name(struct walk *walk, const char *name) {
  size_t length = strlen(name) + 1;
  char *names = grow(walk->names, &walk->names_capacity, walk->names_length + length, 1);
  if (names == NULL) {
    errno = ENOMEM;
    return -1;
  }
  walk->names = names;
  memcpy(names + walk->names_length, name, length);
  walk->names_length += length;
  return 0;
}

/* The start of the name that ends before `end`. */
static size_t name_before(const struct walk *walk, size_t end) {
  size_t at = end - 1;
  while (at > 0 && walk->names[at - 1] != 0) {
    at--;
  }
  return at;
}

static size_t last_name(const struct walk *walk) {
  return name_before(walk, walk->names_length);
}

/* The path of `name` below the level, or NULL when it does not fit. */
static const char *path_below(struct walk *walk, const struct level *level, const char *name) {
  size_t length = strlen(name);
  bool needs_slash = level->path_length > 0;
  if (!level->path_is_whole || level->path_length + needs_slash + length >= sizeof walk->path) {
    return NULL;
  }
  if (needs_slash) {
    walk->path[level->path_length] = '/';
  }
  memcpy(walk->path + level->path_length + needs_slash, name, length + 1);
  return walk->path;
}

static int visit(struct walk *walk, const struct level *level, const char *name,
                 struct failure *why) {
  struct stat status;
  if (fstatat(level->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return errno == ENOENT ? 0 : fail(why, "stat", name); /* a live tree: gone meanwhile */
  }
  struct walk_entry entry = {.parent = level->fd,
                             .name = name,
                             .path = path_below(walk, level, name),
                             .status = &status,
                             .depth = walk->depth - 1};
  int result = walk->visitor->entry(walk->visitor->owner, &entry, why);
  if (result == 0 && S_ISDIR(status.st_mode) && !walk->visitor->is_flat &&
      remember_name(walk, name) < 0) {
    return fail(why, "walk", name);
  }
  return result < 0 ? -1 : 0;
}

static int scan(struct walk *walk, struct level *level, struct failure *why) {
  /* Its own open file, as a DIR closes what it is made of. */
  int copy = openat(level->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  cleanup_dir DIR *directory = copy < 0 ? NULL : fdopendir(copy);
  if (directory == NULL) {
    if (copy >= 0) {
      close(copy);
    }
    return fail(why, "open", path_below(walk, level, ".") == NULL ? "…" : walk->path);
  }
  for (;;) {
    errno = 0;
    const struct dirent *item = readdir(directory);
    if (item == NULL) {
      return errno == 0 ? 0 : fail(why, "readdir", "directory");
    }
    if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0 &&
        visit(walk, level, item->d_name, why) < 0) {
      return -1;
    }
  }
}

/* The level that is no longer among the newest when `index` is the newest. */
static void close_older(struct walk *walk, size_t index) {
  if (index >= NEWEST && (index - NEWEST) % CHECKPOINT != 0) {
    close_and_forget(&walk->levels[index - NEWEST].fd);
  }
}

static int push(struct walk *walk, int fd, size_t path_length, bool path_is_whole,
                struct failure *why) {
  struct stat status;
  struct level *levels =
      grow(walk->levels, &walk->level_capacity, walk->depth + 1, sizeof *levels);
  if (levels == NULL || fstat(fd, &status) < 0) {
    return fail(why, "walk", "directory");
  }
  walk->levels = levels;
  levels[walk->depth++] = (struct level){.fd = fd,
                                         .device = status.st_dev,
                                         .inode = status.st_ino,
                                         .names_begin = walk->names_length,
                                         .path_length = path_length,
                                         .path_is_whole = path_is_whole};
  close_older(walk, walk->depth - 1);
  return scan(walk, &walk->levels[walk->depth - 1], why);
}

static int enter_last(struct walk *walk, struct failure *why) {
  struct level *level = &walk->levels[walk->depth - 1];
  const char *name = walk->names + last_name(walk);
  int fd = openat(level->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    uint64_t *vanished = walk->visitor->vanished;
    bool is_replaced = errno == ENOTDIR || errno == ELOOP;
    if (errno == ENOENT || (vanished != NULL && is_replaced)) {
      walk->names_length = last_name(walk);
      if (vanished != NULL) {
        ++*vanished;
      }
      return 0;
    }
    return fail(why, "open", path_below(walk, level, name) == NULL ? name : walk->path);
  }
  const char *path = path_below(walk, level, name);
  if (push(walk, fd, path == NULL ? 0 : strlen(path), path != NULL, why) < 0) {
    return -1;
  }
  return 0;
}

/* Opens the level again, and with it those before that count among the newest. */
static int open_again(struct walk *walk, size_t index) {
  size_t from = index;
  while (walk->levels[from].fd < 0) {
    from--; /* the tree itself is always open */
  }
  for (size_t i = from + 1; i <= index; i++) {
    struct level *level = &walk->levels[i];
    struct stat status;
    /* A directory's own name lies before the names that were found in it. */
    const char *name = walk->names + name_before(walk, level->names_begin);
    level->fd = openat(walk->levels[i - 1].fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (level->fd < 0 || fstat(level->fd, &status) < 0) {
      return -1;
    }
    if (status.st_dev != level->device || status.st_ino != level->inode) {
      errno = ESTALE; /* somebody moved it */
      return -1;
    }
    close_older(walk, i);
  }
  return 0;
}

static int leave_last(struct walk *walk, struct failure *why) {
  struct level *child = &walk->levels[walk->depth - 1];
  struct level *parent = &walk->levels[walk->depth - 2];
  if (parent->fd < 0 && open_again(walk, walk->depth - 2) < 0) {
    return fail(why, "walk", "parent directory");
  }
  struct stat status;
  int result = fstat(child->fd, &status);
  close_and_forget(&child->fd);
  walk->depth--;
  const char *name = walk->names + last_name(walk);
  struct walk_entry entry = {.parent = parent->fd,
                             .name = name,
                             .path = path_below(walk, parent, name),
                             .status = &status,
                             .depth = walk->depth - 1};
  if (result < 0 || (walk->visitor->leave != NULL &&
                     walk->visitor->leave(walk->visitor->owner, &entry, why) < 0)) {
    return result < 0 ? fail(why, "stat", name) : -1;
  }
  walk->names_length = last_name(walk);
  return 0;
}

static int walk_all(struct walk *walk, int root, struct failure *why) {
  if (push(walk, root, 0, true, why) < 0) {
    return -1;
  }
  for (;;) {
    const struct level *level = &walk->levels[walk->depth - 1];
    int result = 0;
    if (walk->names_length > level->names_begin) {
      result = enter_last(walk, why);
    } else if (walk->depth > 1) {
      result = leave_last(walk, why);
    } else {
      return 0;
    }
    if (result < 0) {
      return -1;
    }
  }
}

int walk_tree(int root, const struct walk_visitor *visitor, struct failure *why) {
  struct walk walk = {.visitor = visitor};
  int result = walk_all(&walk, root, why);
  for (size_t i = 1; i < walk.depth; i++) {
    close_and_forget(&walk.levels[i].fd);
  }
  free(walk.levels);
  free(walk.names);
  return result;
}

struct inode_slot {
  dev_t device;
  ino_t inode;
  char *value; /* NULL: empty */
};

static struct inode_slot *find_slot(const struct inode_set *set, dev_t device, ino_t inode) {
  size_t at = (size_t)(inode * 0x9E3779B97F4A7C15ULL ^ device) & (set->capacity - 1);
  while (set->slots[at].value != NULL &&
         (set->slots[at].inode != inode || set->slots[at].device != device)) {
    at = (at + 1) & (set->capacity - 1);
  }
  return &set->slots[at];
}

static bool enlarge(struct inode_set *set) {
  struct inode_set larger = {.capacity = set->capacity == 0 ? 256 : set->capacity * 2};
  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (larger.slots == NULL) {
    return false;
  }
  for (size_t i = 0; i < set->capacity; i++) {
    if (set->slots[i].value != NULL) {
      *find_slot(&larger, set->slots[i].device, set->slots[i].inode) = set->slots[i];
    }
  }
  free(set->slots);
  set->slots = larger.slots;
  set->capacity = larger.capacity;
  return true;
}

const char *inode_set_add(struct inode_set *set, const struct stat *status, const char *value,
                          bool *has_memory) {
  if (set->count * 2 >= set->capacity && !enlarge(set)) {
    *has_memory = false;
    return NULL;
  }
  struct inode_slot *slot = find_slot(set, status->st_dev, status->st_ino);
  if (slot->value != NULL) {
    return slot->value;
  }
  slot->value = strdup(value);
  if (slot->value == NULL) {
    *has_memory = false;
    return NULL;
  }
  slot->device = status->st_dev;
  slot->inode = status->st_ino;
  set->count++;
  return NULL;
}

void inode_set_free(struct inode_set *set) {
  for (size_t i = 0; i < set->capacity; i++) {
    free(set->slots[i].value);
  }
  free(set->slots);
  *set = (struct inode_set){0};
}
