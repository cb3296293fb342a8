/* LIST_TREE. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "protocol.h"
#include "tree.h"
#include "walk.h"

enum { FRAME_FULL = 128 * 1024 };

struct listing {
  struct tree_job *job;
  bool has_attributes;
  uint32_t count;   /* entries in the frame being built */
  size_t count_at;  /* where that number goes */
};

static void begin(struct listing *listing) {
  tree_reply_begin(listing->job, FRAME_MORE);
  listing->count = 0;
  listing->count_at = buffer_length(&listing->job->out);
  write_u32(&listing->job->out, 0);
}

static void end(struct listing *listing, bool is_last) {
  struct buffer *out = &listing->job->out;
  if (!out->bad) {
    put_u32(out->data + out->start + listing->count_at, listing->count);
    if (is_last) {
      out->data[out->start + 6] = 0; /* flags of the frame: nothing follows */
    }
  }
  tree_reply_end(listing->job);
}

static unsigned type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return ENTRY_DIRECTORY;
    case S_IFLNK:
      return ENTRY_LINK;
    case S_IFIFO:
      return ENTRY_FIFO;
    case S_IFSOCK:
      return ENTRY_SOCKET;
    case S_IFCHR:
      return ENTRY_CHARACTER;
    case S_IFBLK:
      return ENTRY_BLOCK;
    default:
      return ENTRY_FILE;
  }
}

enum { ATTRIBUTE_PATH_SIZE = 300, ATTRIBUTES_SIZE = 64 * 1024 };

/* Through /proc, as there is no call for the attributes of a name in a directory. */
static void attribute_path(const struct walk_entry *entry, char path[ATTRIBUTE_PATH_SIZE]) {
  snprintf(path, ATTRIBUTE_PATH_SIZE, "/proc/self/fd/%d/%s", entry->parent,
           entry->name[0] == 0 ? "." : entry->name);
}

/* The attribute's first byte, or 0. */
static char overlay_attribute(const struct walk_entry *entry, const char *attribute) {
  char path[ATTRIBUTE_PATH_SIZE], value[8];
  attribute_path(entry, path);
  ssize_t length = lgetxattr(path, attribute, value, sizeof value);
  return length > 0 ? value[0] : length == 0 ? '1' : 0;
}

static unsigned flags_of(const struct walk_entry *entry) {
  const struct stat *status = entry->status;
  if (S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0)) {
    return ENTRY_WHITEOUT;
  }
  if (S_ISDIR(status->st_mode)) {
    return overlay_attribute(entry, "user.overlay.opaque") == 'y' ? ENTRY_OPAQUE : 0;
  }
  if (S_ISREG(status->st_mode) && status->st_size == 0) {
    return overlay_attribute(entry, "user.overlay.whiteout") != 0 ? ENTRY_WHITEOUT : 0;
  }
  return 0;
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Points `sorted` at the names in the list, without those of the overlay itself. */
static uint32_t sort_names(const char *names, size_t length, const char *sorted[], size_t most) {
  static const char overlay[] = "user.overlay.";
  uint32_t count = 0;
  for (const char *at = names; at < names + length && count < most; at += strlen(at) + 1) {
    if (strncmp(at, overlay, sizeof overlay - 1) != 0) {
      sorted[count++] = at;
    }
  }
  qsort(sorted, count, sizeof *sorted, compare_names);
  return count;
}

static int add_attributes(struct listing *listing, const struct walk_entry *entry,
                          struct failure *why) {
  static char names[ATTRIBUTES_SIZE], value[ATTRIBUTES_SIZE];
  static const char *sorted[ATTRIBUTES_SIZE / 2];
  struct buffer *out = &listing->job->out;
  char path[ATTRIBUTE_PATH_SIZE];
  attribute_path(entry, path);
  ssize_t length = listing->has_attributes ? llistxattr(path, names, sizeof names) : 0;
  if (length < 0 && errno != ENOTSUP) {
    return fail(why, "listxattr", entry->path);
  }
  uint32_t count = length <= 0 ? 0 : sort_names(names, (size_t)length, sorted,
                                                sizeof sorted / sizeof *sorted);
  write_u32(out, count);
  for (uint32_t i = 0; i < count; i++) {
    ssize_t size = lgetxattr(path, sorted[i], value, sizeof value);
    if (size < 0) {
      return fail(why, "getxattr", entry->path);
    }
    write_string(out, sorted[i]);
    write_bytes(out, value, (size_t)size);
  }
  return 0;
}

static int add(void *owner, const struct walk_entry *entry, struct failure *why) {
  struct listing *listing = owner;
  struct buffer *out = &listing->job->out;
  const struct stat *status = entry->status;
  char text[WALK_PATH_MAX] = "";
  if (entry->path == NULL) {
    return fail_with(why, ENAMETOOLONG, "list", entry->name, "paths longer than %d bytes",
                     WALK_PATH_MAX - 1);
  }
  if (S_ISLNK(status->st_mode)) {
    ssize_t length = readlinkat(entry->parent, entry->name, text, sizeof text - 1);
    if (length < 0) {
      return fail(why, "readlink", entry->path);
    }
    text[length] = 0;
  }
  write_string(out, entry->path);
  write_u8(out, (uint8_t)type_of(status->st_mode));
  write_u8(out, (uint8_t)flags_of(entry));
  write_u32(out, status->st_mode & 07777);
  write_u32(out, status->st_uid);
  write_u32(out, status->st_gid);
  write_u32(out, (uint32_t)status->st_nlink);
  write_u64(out, status->st_ino);
  write_u64(out, (uint64_t)status->st_size);
  write_u64(out, (uint64_t)((int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec));
  write_string(out, text);
  if (add_attributes(listing, entry, why) < 0) {
    return -1;
  }
  listing->count++;
  if (buffer_length(out) >= FRAME_FULL) {
    end(listing, false);
    begin(listing);
  }
  return 0;
}

/* The path itself and nothing in it. */
static int list_one(struct listing *listing, const char *path, struct failure *why) {
  const char *name;
  struct stat status;
  cleanup_fd int parent =
      place_open_parent(listing->job->places, IN_STORE | IN_ROOTS, path, &name, why);
  if (parent < 0) {
    return -1;
  }
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return fail(why, "stat", path);
  }
  struct walk_entry self = {.parent = parent, .name = name, .path = "", .status = &status};
  return add(listing, &self, why);
}

static int list_tree(struct listing *listing, const char *path, uint32_t flags,
                     struct failure *why) {
  struct stat status;
  cleanup_fd int tree = place_open(listing->job->places, IN_STORE | IN_ROOTS, path,
                                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW, why);
  if (tree < 0) {
    return -1;
  }
  if (fstat(tree, &status) < 0) {
    return fail(why, "stat", path);
  }
  struct walk_entry root = {.parent = tree, .name = "", .path = "", .status = &status};
  struct walk_visitor visitor = {
      .owner = listing, .entry = add, .is_flat = (flags & LIST_FLAT) != 0};
  return add(listing, &root, why) < 0 ? -1 : walk_tree(tree, &visitor, why);
}

int tree_list(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *path = read_string(in);
  uint32_t flags = read_u32(in);
  if (!read_end(in)) {
    return fail_with(why, EBADMSG, "list", "body", "is malformed");
  }
  struct listing listing = {.job = job, .has_attributes = (flags & LIST_ATTRIBUTES) != 0};
  begin(&listing);
  int result = (flags & LIST_SELF) != 0 ? list_one(&listing, path, why)
                                        : list_tree(&listing, path, flags, why);
  if (result == 0) {
    end(&listing, true);
  }
  return result;
}
