/* COPY_TREE. Source and target are walked together; the target's open directories form a stack. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "cleanup.h"
#include "copy_file.h"
#include "protocol.h"
#include "tree.h"
#include "walk.h"

enum { COPY_DEPTH_MAX = 256 };

struct copy {
  uint32_t flags;
  int target;  /* the tree that is made */
  int targets[COPY_DEPTH_MAX + 1]; /* the directories from the tree down to the one being filled */
  size_t depth;
  struct inode_set links;
  uint64_t entries;
  struct copied_bytes bytes;
};

static size_t depth_of(const char *path) {
  size_t depth = 0;
  for (; *path != 0; path++) {
    depth += *path == '/';
  }
  return depth;
}

/* The walk goes into a directory when all entries around it were visited, so the target's directory is
 * opened when the first entry in it comes. */
static int directory_for(struct copy *copy, const struct walk_entry *entry) {
  size_t depth = entry->path == NULL ? COPY_DEPTH_MAX + 1 : depth_of(entry->path);
  if (depth > COPY_DEPTH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (copy->depth == depth) {
    return copy->targets[depth];
  }
  char parent[WALK_PATH_MAX];
  size_t length = (size_t)(strrchr(entry->path, '/') - entry->path);
  memcpy(parent, entry->path, length);
  parent[length] = 0;
  const char *slash = strrchr(parent, '/');
  copy->targets[depth] = openat(copy->targets[depth - 1], slash == NULL ? parent : slash + 1,
                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (copy->targets[depth] >= 0) {
    copy->depth = depth;
  }
  return copy->targets[depth];
}

/* Owner, attributes, mode, times, in the order in which none undoes another. */
static int finish(const struct copy *copy, const struct walk_entry *entry, int directory,
                  const char *name) {
  const struct stat *status = entry->status;
  bool is_own = (copy->flags & COPY_OWN) != 0;
  bool is_link = S_ISLNK(status->st_mode);
  struct timespec times[2] = {status->st_mtim, status->st_mtim};
  uid_t uid = is_own ? 0 : status->st_uid;
  gid_t gid = is_own ? 0 : status->st_gid;
  mode_t mode = status->st_mode & 07777;
  if (is_own) {
    mode = (mode & 0777) | (S_ISDIR(status->st_mode) ? 0700 : 0600);
  }
  if (fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
      (!is_own && !is_link && attributes_copy(entry->parent, entry->name, directory, name) < 0) ||
      (!is_link && fchmodat(directory, name, mode, AT_SYMLINK_NOFOLLOW) < 0)) {
    return -1;
  }
  return utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_regular(struct copy *copy, const struct walk_entry *entry, int directory,
                        const char *name) {
  cleanup_fd int source =
      openat(entry->parent, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  cleanup_fd int target = openat(directory, name,
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (source < 0 || target < 0) {
    return -1;
  }
  return copy_file(source, target, (copy->flags & COPY_NO_REFLINK) == 0, &copy->bytes);
}

static int copy_link(const struct walk_entry *entry, int directory, const char *name) {
  char text[WALK_PATH_MAX];
  ssize_t length = readlinkat(entry->parent, entry->name, text, sizeof text - 1);
  if (length < 0) {
    return -1;
  }
  text[length] = 0;
  return symlinkat(text, directory, name);
}

static int make(struct copy *copy, const struct walk_entry *entry, int directory,
                const char *name) {
  const struct stat *status = entry->status;
  switch (status->st_mode & S_IFMT) {
    case S_IFREG:
      return copy_regular(copy, entry, directory, name);
    case S_IFLNK:
      return copy_link(entry, directory, name);
    case S_IFDIR: {
      struct stat there;
      if (mkdirat(directory, name, 0700) == 0) {
        return 0;
      }
      return errno == EEXIST && fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                     S_ISDIR(there.st_mode)
                 ? 0
                 : -1;
    }
    default: /* fifos, and whiteouts as the only devices that may be made */
      return mknodat(directory, name, status->st_mode & S_IFMT, status->st_rdev);
  }
}

/* True when a hard link to what was copied before is all that is needed. */
static bool link_again(struct copy *copy, const struct walk_entry *entry, int directory,
                       const char *name) {
  bool has_memory = true;
  if (S_ISDIR(entry->status->st_mode) || entry->status->st_nlink < 2 || entry->path == NULL) {
    return false;
  }
  const char *first = inode_set_add(&copy->links, entry->status, entry->path, &has_memory);
  return first != NULL && linkat(copy->target, first, directory, name, 0) == 0;
}

static bool is_left_out(const struct copy *copy, mode_t mode) {
  return S_ISSOCK(mode) || ((copy->flags & COPY_OWN) != 0 && !S_ISREG(mode) && !S_ISDIR(mode) &&
                            !S_ISLNK(mode));
}

static int copy_entry(void *owner, const struct walk_entry *entry, struct failure *why) {
  struct copy *copy = owner;
  mode_t mode = entry->status->st_mode;
  const char *shown = entry->path == NULL ? entry->name : entry->path;
  if (is_left_out(copy, mode)) {
    return 0;
  }
  int directory = directory_for(copy, entry);
  if (directory < 0) {
    return fail(why, "copy", shown);
  }
  if ((copy->flags & COPY_INTO) != 0 && !S_ISDIR(mode) &&
      unlinkat(directory, entry->name, 0) < 0 && errno != ENOENT) {
    return fail(why, "copy-replace", shown);
  }
  copy->entries++;
  if (link_again(copy, entry, directory, entry->name)) {
    return 0;
  }
  if (make(copy, entry, directory, entry->name) < 0 ||
      (!S_ISDIR(mode) && finish(copy, entry, directory, entry->name) < 0)) {
    return fail(why, "copy", shown);
  }
  return 0;
}

static int finish_directory(void *owner, const struct walk_entry *entry, struct failure *why) {
  struct copy *copy = owner;
  size_t depth = entry->path == NULL ? 0 : depth_of(entry->path);
  while (copy->depth > depth) {
    close_and_forget(&copy->targets[copy->depth--]);
  }
  int directory = directory_for(copy, entry);
  return directory < 0 || finish(copy, entry, directory, entry->name) < 0
             ? fail(why, "copy", entry->path == NULL ? entry->name : entry->path)
             : 0;
}

static int copy_tree(struct copy *copy, int source, struct failure *why) {
  struct walk_visitor visitor = {.owner = copy, .entry = copy_entry, .leave = finish_directory};
  copy->targets[0] = copy->target;
  int result = walk_tree(source, &visitor, why);
  while (copy->depth > 0) {
    close_and_forget(&copy->targets[copy->depth--]);
  }
  inode_set_free(&copy->links);
  return result;
}

/* The tree itself: `from` in `source` becomes `to` in `target`. */
static int copy_root(struct copy *copy, int source, const char *from, int target, const char *to,
                     struct failure *why) {
  struct stat status;
  if (fstatat(source, from, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return fail(why, "copy", from);
  }
  struct walk_entry root = {.parent = source, .name = from, .path = from, .status = &status};
  bool is_into = (copy->flags & COPY_INTO) != 0;
  if (is_into && !S_ISDIR(status.st_mode)) {
    return fail_with(why, ENOTDIR, "copy", from, "INTO needs a directory");
  }
  if (!S_ISDIR(status.st_mode)) {
    copy->entries = 1;
    return make(copy, &root, target, to) < 0 || finish(copy, &root, target, to) < 0
               ? fail(why, "copy", to)
               : 0;
  }
  if (!is_into && mkdirat(target, to, 0700) < 0) {
    return fail(why, "copy", to);
  }
  cleanup_fd int tree =
      openat(source, from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  cleanup_fd int made = openat(target, to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  copy->target = made;
  if (tree < 0 || made < 0) {
    return fail(why, "copy", tree < 0 ? from : to);
  }
  if (copy_tree(copy, tree, why) < 0) {
    return -1;
  }
  copy->entries += is_into ? 0 : 1;
  return !is_into && finish(copy, &root, target, to) < 0 ? fail(why, "copy", to) : 0;
}

int tree_copy(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *from = read_string(in);
  const char *to = read_string(in);
  struct copy copy = {.flags = read_u32(in), .target = -1};
  const char *from_name, *to_name;
  if (!read_end(in)) {
    return fail_with(why, EBADMSG, "copy", "body", "is malformed");
  }
  cleanup_fd int source =
      place_open_parent(job->places, IN_STORE | IN_ROOTS, from, &from_name, why);
  cleanup_fd int target =
      source < 0 ? -1 : place_open_parent(job->places, IN_STORE, to, &to_name, why);
  if (target < 0 || copy_root(&copy, source, from_name, target, to_name, why) < 0) {
    return -1;
  }
  tree_reply_begin(job, 0);
  write_u64(&job->out, copy.entries);
  write_u64(&job->out, copy.bytes.all);
  write_u64(&job->out, copy.bytes.shared);
  tree_reply_end(job);
  return 0;
}
