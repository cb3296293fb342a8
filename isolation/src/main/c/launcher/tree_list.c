/* LIST_TREE. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attributes.h"
#include "cleanup.h"
#include "protocol.h"
#include "step_ids.h"
#include "tree.h"
#include "walk.h"

enum { FRAME_FULL = 128 * 1024 };

struct listing {
  struct tree_job *job;
  uint32_t count;   /* entries in the frame being built */
  size_t count_at;  /* where that number goes */
  bool with_attributes;
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

static unsigned flags_of(const struct walk_entry *entry) {
  const struct stat *status = entry->status;
  if (S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0)) {
    return ENTRY_WHITEOUT;
  }
  if (S_ISDIR(status->st_mode)) {
    return attribute_first_byte(entry->parent, entry->name, "user.overlay.opaque") == 'y' ? ENTRY_OPAQUE : 0;
  }
  if (S_ISREG(status->st_mode) && status->st_size == 0) {
    return attribute_first_byte(entry->parent, entry->name, "user.overlay.whiteout") != 0 ? ENTRY_WHITEOUT : 0;
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
  write_u32(out, step_id_inside(listing->job->step_zero, status->st_uid));
  write_u32(out, step_id_inside(listing->job->step_zero, status->st_gid));
  write_u32(out, (uint32_t)status->st_nlink);
  write_u64(out, status->st_ino);
  write_u64(out, (uint64_t)status->st_size);
  write_u64(out, (uint64_t)((int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec));
  write_string(out, text);
  if (!listing->with_attributes) {
    write_u32(out, 0);
  } else if (attributes_list(entry->parent, entry->name, out) < 0) {
    return fail(why, "attributes", entry->path);
  }
  listing->count++;
  if (buffer_length(out) >= FRAME_FULL) {
    end(listing, false);
    begin(listing);
  }
  return 0;
}

/* The one entry of a path that may be anything. The places themselves have no parent to be found in. */
static int list_self(struct listing *listing, const char *path, struct failure *why) {
  const char *name = "";
  struct stat status;
  const struct places *places = listing->job->places;
  cleanup_fd int parent = place_open_parent(places, IN_STORE | IN_ROOTS, path, &name, why);
  cleanup_fd int self = -1;
  if (parent < 0) {
    if (why->error != EINVAL) {
      return -1;
    }
    self = place_open(places, IN_STORE | IN_ROOTS, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, why);
    if (self < 0) {
      return -1;
    }
    name = "";
  }
  int directory = parent < 0 ? self : parent;
  if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) {
    return fail(why, "stat", path);
  }
  struct walk_entry entry = {.parent = directory, .name = name, .path = "", .status = &status};
  begin(listing);
  if (add(listing, &entry, why) < 0) {
    return -1;
  }
  end(listing, true);
  return 0;
}

static int list_all(struct listing *listing, const char *path, bool is_flat, struct failure *why) {
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
  struct walk_visitor visitor = {.owner = listing, .entry = add, .is_flat = is_flat};
  begin(listing);
  if (add(listing, &root, why) < 0 || walk_tree(tree, &visitor, why) < 0) {
    return -1;
  }
  end(listing, true);
  return 0;
}

int tree_list(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *path = read_string(in);
  uint32_t flags = read_u32(in);
  if (!read_end(in)) {
    return fail_with(why, EBADMSG, "list", "body", "is malformed");
  }
  struct listing listing = {.job = job, .with_attributes = (flags & LIST_ATTRIBUTES) != 0};
  return (flags & LIST_SELF) != 0
             ? list_self(&listing, path, why)
             : list_all(&listing, path, (flags & LIST_FLAT) != 0, why);
}
