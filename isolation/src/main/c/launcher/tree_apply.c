/* APPLY: a batch of operations on the entries of a tree. */
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

/* The entry an operation is about: the open directory that holds it, and its name there. */
struct place {
  uint32_t step_zero;
  int tree;
  int parent;
  const char *path;
  const char *name;
};

/* The parent stays open from one operation to the next, as most have the same one. */
struct parent_cache {
  int fd;
  size_t length;
  char path[4096];
};

static int set_mode(const struct place *place, uint32_t mode) {
  struct stat status;
  if (fstatat(place->parent, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return -1;
  }
  if (S_ISLNK(status.st_mode)) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return fchmodat(place->parent, place->name, mode & 07777, AT_SYMLINK_NOFOLLOW);
}

static int set_time(const struct place *place, int64_t time) {
  int64_t seconds = time / 1000000000, rest = time % 1000000000;
  if (rest < 0) {
    seconds--;
    rest += 1000000000;
  }
  struct timespec moment = {.tv_sec = seconds, .tv_nsec = (long)rest};
  struct timespec times[2] = {moment, moment};
  return utimensat(place->parent, place->name, times, AT_SYMLINK_NOFOLLOW);
}

static int make_directory(const struct place *place, uint32_t mode) {
  struct stat status;
  if (mkdirat(place->parent, place->name, 0700) == 0) {
    return fchmodat(place->parent, place->name, mode & 07777, AT_SYMLINK_NOFOLLOW);
  }
  if (errno == EEXIST && fstatat(place->parent, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISDIR(status.st_mode)) {
    return 0;
  }
  errno = EEXIST;
  return -1;
}

static int make_hard_link(const struct place *place, const char *existing) {
  const char *name;
  cleanup_fd int parent = beneath_open_parent(place->tree, existing, &name);
  return parent < 0 ? -1 : linkat(parent, name, place->parent, place->name, 0);
}

static int make_file(const struct place *place, uint32_t mode, struct bytes content) {
  cleanup_fd int file = openat(place->parent, place->name,
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    return -1;
  }
  for (uint32_t done = 0; done < content.length;) {
    ssize_t n = RETRY(write(file, content.data + done, content.length - done));
    if (n < 0) {
      return -1;
    }
    done += (uint32_t)n;
  }
  return fchmod(file, mode & 07777);
}

static int remove_one(const struct place *place) {
  return unlinkat(place->parent, place->name, 0) < 0 &&
                 (errno != EISDIR || unlinkat(place->parent, place->name, AT_REMOVEDIR) < 0)
             ? -1
             : 0;
}

static int set_owner(const struct place *place, uint32_t uid, uint32_t gid) {
  return fchownat(place->parent, place->name, step_id_here(place->step_zero, uid),
                  step_id_here(place->step_zero, gid), AT_SYMLINK_NOFOLLOW);
}

static int set_all(const struct place *place, uint32_t mode, uint32_t uid, uint32_t gid,
                   int64_t time) {
  struct stat status;
  if (set_owner(place, uid, gid) < 0 ||
      fstatat(place->parent, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return -1;
  }
  if (!S_ISLNK(status.st_mode) &&
      fchmodat(place->parent, place->name, mode & 07777, AT_SYMLINK_NOFOLLOW) < 0) {
    return -1;
  }
  return set_time(place, time);
}

/* The root of the tree is named "." in itself. */
static int find(struct place *place, struct parent_cache *cache) {
  const char *slash = strrchr(place->path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - place->path);
  if (place->path[0] == 0) {
    place->parent = place->tree;
    place->name = ".";
    return 0;
  }
  if (cache->fd < 0 || cache->length != length || memcmp(cache->path, place->path, length) != 0) {
    const char *name;
    close_and_forget(&cache->fd);
    cache->fd = beneath_open_parent(place->tree, place->path, &name);
    if (cache->fd < 0) {
      return -1;
    }
    memcpy(cache->path, place->path, length); /* fits: beneath_open_parent has the same bound */
    cache->length = length;
  } else if (!path_is_plain(place->path)) {
    errno = EINVAL;
    return -1;
  }
  place->parent = cache->fd;
  place->name = slash == NULL ? place->path : slash + 1;
  return 0;
}

/* Reads the rest of the operation, always whole, and does it when its place was found. */
static int do_operation(unsigned kind, const struct place *place, bool is_found,
                        struct reader *in) {
  uint32_t mode = 0, uid, gid;
  int64_t time;
  const char *text;
  struct bytes content;
  switch (kind) {
    case TREE_MKDIR:
      mode = read_u32(in);
      return !is_found || in->bad ? -1 : make_directory(place, mode);
    case TREE_OWNER:
      uid = read_u32(in);
      gid = read_u32(in);
      return !is_found || in->bad ? -1 : set_owner(place, uid, gid);
    case TREE_MODE:
      mode = read_u32(in);
      return !is_found || in->bad ? -1 : set_mode(place, mode);
    case TREE_TIMES:
      time = (int64_t)read_u64(in);
      return !is_found || in->bad ? -1 : set_time(place, time);
    case TREE_WHITEOUT:
      return !is_found ? -1 : mknodat(place->parent, place->name, S_IFCHR, makedev(0, 0));
    case TREE_FIFO:
      mode = read_u32(in);
      return !is_found || in->bad ? -1 : mknodat(place->parent, place->name, S_IFIFO | (mode & 07777), 0);
    case TREE_SYMLINK:
      text = read_string(in);
      return !is_found || in->bad ? -1 : symlinkat(text, place->parent, place->name);
    case TREE_HARDLINK:
      text = read_string(in);
      return !is_found || in->bad ? -1 : make_hard_link(place, text);
    case TREE_XATTR:
      text = read_string(in);
      content = read_bytes(in);
      return !is_found || in->bad ? -1 : attribute_set(place->parent, place->name, text, content);
    case TREE_FILE:
      mode = read_u32(in);
      content = read_bytes(in);
      return !is_found || in->bad ? -1 : make_file(place, mode, content);
    case TREE_REMOVE:
      return !is_found ? -1 : remove_one(place);
    case TREE_ATTRIBUTES:
      mode = read_u32(in);
      uid = read_u32(in);
      gid = read_u32(in);
      time = (int64_t)read_u64(in);
      return !is_found || in->bad ? -1 : set_all(place, mode, uid, gid, time);
    default:
      in->bad = true;
      return -1;
  }
}

int tree_apply(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *path = read_string(in);
  uint32_t count = read_count(in, 5);
  cleanup_fd int tree =
      in->bad ? -1
              : place_open(job->places, IN_STORE, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, why);
  if (tree < 0) {
    return in->bad ? fail_with(why, EBADMSG, "apply", "body", "is malformed") : -1;
  }
  struct parent_cache cache = {.fd = -1};
  for (uint32_t i = 0; i < count; i++) {
    struct place place = {.step_zero = job->step_zero, .tree = tree};
    unsigned kind = read_u8(in);
    place.path = read_string(in);
    errno = 0;
    bool is_found = !in->bad && find(&place, &cache) == 0;
    int result = do_operation(kind, &place, is_found, in);
    if (in->bad) {
      return fail_with(why, EBADMSG, "apply", "body", "operation %u is malformed", i);
    }
    if (result < 0) {
      return fail_text(why, "apply", place.path, "operation %u, kind %u", i, kind);
    }
  }
  if (!read_end(in)) {
    return fail_with(why, EBADMSG, "apply", "body", "is too long");
  }
  tree_reply_begin(job, 0);
  write_u32(&job->out, count);
  tree_reply_end(job);
  return 0;
}
