/* Tree requests: dispatch, replies, and the small ones. */
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"
#include "protocol.h"
#include "step_ids.h"
#include "walk.h"

enum { RENAME_WITHOUT_REPLACING = 1 /* RENAME_NOREPLACE, which not every C library has */ };

static void send_frame(struct tree_job *job) {
  unsigned char *data = job->out.data + job->out.start;
  for (size_t left = buffer_length(&job->out); left > 0;) {
    ssize_t n = RETRY(write(job->fd, data, left));
    if (n < 0 || job->out.bad) {
      _exit(1); /* the supervisor tells the client that there is no answer */
    }
    data += n;
    left -= (size_t)n;
  }
  buffer_consume(&job->out, buffer_length(&job->out));
}

void tree_reply_begin(struct tree_job *job, unsigned flags) {
  job->frame = frame_begin(&job->out, (uint16_t)(TYPE_REPLY | job->request->type), (uint16_t)flags,
                           job->request->id);
}

void tree_reply_end(struct tree_job *job) {
  frame_end(&job->out, job->frame);
  send_frame(job);
}

static void send_failure(struct tree_job *job, const struct failure *why) {
  buffer_consume(&job->out, buffer_length(&job->out));
  write_error_frame(&job->out, job->request->id,
                    why->error == EBADMSG ? ERROR_PROTOCOL : ERROR_FAILED, why);
  send_frame(job);
}

static int (*const handlers[])(struct tree_job *, struct reader *, struct failure *) = {
    [REQUEST_APPLY] = tree_apply,       [REQUEST_REMOVE_TREE] = tree_remove,
    [REQUEST_MEASURE_TREE] = tree_measure, [REQUEST_LIST_TREE] = tree_list,
    [REQUEST_COPY_TREE] = tree_copy,    [REQUEST_READ_FILE] = tree_read_file,
    [REQUEST_MOVE] = tree_move,         [REQUEST_SYNC] = tree_sync,
    [REQUEST_ADOPT_TREE] = tree_adopt,
};

void tree_run(const struct supervisor *supervisor, const struct request *request, int out) {
  struct arena arena = {0};
  struct failure why;
  struct tree_job job = {.places = &supervisor->places,
                         .step_zero = supervisor->options->step_zero,
                         .request = request,
                         .fd = out};
  struct reader in = {
      .at = request->body, .end = request->body + request->length, .arena = &arena};
  step_ids_make_files(job.step_zero);
  if (handlers[request->type](&job, &in, &why) < 0) {
    send_failure(&job, &why);
  }
  _exit(0);
}

static int malformed(struct failure *why) {
  return fail_with(why, EBADMSG, "tree-request", "body", "is malformed");
}

struct size_visit {
  struct tree_size *size;
  struct inode_set links;
};

static int add_entry(void *owner, const struct walk_entry *entry, struct failure *why) {
  struct size_visit *visit = owner;
  bool has_memory = true;
  if (!S_ISDIR(entry->status->st_mode) && entry->status->st_nlink > 1 &&
      inode_set_add(&visit->links, entry->status, "", &has_memory) != NULL) {
    return 0; /* counted under another name */
  }
  visit->size->bytes += (uint64_t)entry->status->st_blocks * 512;
  visit->size->inodes++;
  return has_memory ? 0 : fail_with(why, ENOMEM, "measure", entry->name, "too many hard links");
}

int tree_add_size(int tree, struct tree_size *size, struct failure *why) {
  return tree_add_live_size(tree, size, NULL, why);
}

int tree_add_live_size(int tree, struct tree_size *size, uint64_t *vanished, struct failure *why) {
  struct stat status;
  if (fstat(tree, &status) < 0) {
    return fail(why, "measure", "tree");
  }
  size->bytes += (uint64_t)status.st_blocks * 512;
  size->inodes++;
  if (!S_ISDIR(status.st_mode)) {
    return 0;
  }
  struct size_visit visit = {.size = size};
  struct walk_visitor visitor = {.owner = &visit, .entry = add_entry, .vanished = vanished};
  int result = walk_tree(tree, &visitor, why);
  inode_set_free(&visit.links);
  return result;
}

int tree_measure(struct tree_job *job, struct reader *in, struct failure *why) {
  struct strings paths = read_strings(in);
  if (!read_end(in)) {
    return malformed(why);
  }
  struct tree_size size = {0};
  for (uint32_t i = 0; i < paths.count; i++) {
    cleanup_fd int tree = place_open(job->places, IN_STORE | IN_ROOTS, paths.items[i],
                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW, why);
    if (tree < 0 || tree_add_size(tree, &size, why) < 0) {
      return -1;
    }
  }
  tree_reply_begin(job, 0);
  write_u64(&job->out, size.bytes);
  write_u64(&job->out, size.inodes);
  tree_reply_end(job);
  return 0;
}

struct removal {
  int tree;
  uint64_t count;
  uint64_t moved;
};

enum { REMOVAL_DEPTH = 64 };

/* What lies deep is moved up to the tree itself, where the next round finds it: so a tree of any depth
 * takes few descriptors and time in proportion to its size. */
static int move_up(struct removal *removal, const struct walk_entry *entry, struct failure *why) {
  char name[40];
  int result;
  do {
    snprintf(name, sizeof name, ".removing-%llu", (unsigned long long)removal->moved++);
    result = (int)syscall(SYS_renameat2, entry->parent, entry->name, removal->tree, name,
                          RENAME_WITHOUT_REPLACING);
  } while (result < 0 && errno == EEXIST);
  return result < 0 ? fail(why, "remove", entry->name) : WALK_SKIP;
}

static int remove_entry(void *owner, const struct walk_entry *entry, struct failure *why) {
  struct removal *removal = owner;
  if (S_ISDIR(entry->status->st_mode)) {
    return entry->depth < REMOVAL_DEPTH ? 0 : move_up(removal, entry, why);
  }
  if (unlinkat(entry->parent, entry->name, 0) < 0 && errno != ENOENT) {
    return fail(why, "remove", entry->path == NULL ? entry->name : entry->path);
  }
  removal->count++;
  return 0;
}

static int remove_directory(void *owner, const struct walk_entry *entry, struct failure *why) {
  struct removal *removal = owner;
  if (unlinkat(entry->parent, entry->name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
    return fail(why, "remove", entry->path == NULL ? entry->name : entry->path);
  }
  removal->count++;
  return 0;
}

int tree_clear(int tree, uint64_t *count, struct failure *why) {
  struct removal removal = {.tree = tree};
  struct walk_visitor visitor = {
      .owner = &removal, .entry = remove_entry, .leave = remove_directory};
  uint64_t moved;
  do {
    moved = removal.moved;
    if (walk_tree(tree, &visitor, why) < 0) {
      return -1;
    }
  } while (removal.moved > moved);
  *count = removal.count;
  return 0;
}

static int remove_tree(struct tree_job *job, const char *path, bool keeps_root, uint64_t *count,
                       struct failure *why) {
  const char *name;
  cleanup_fd int parent = place_open_parent(job->places, IN_STORE, path, &name, why);
  if (parent < 0) {
    return why->error == ENOENT ? 0 : -1;
  }
  cleanup_fd int tree =
      openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0 && errno == ENOENT) {
    return 0;
  }
  if (tree >= 0) {
    if (tree_clear(tree, count, why) < 0) {
      return -1;
    }
  } else if (errno != ENOTDIR && errno != ELOOP) {
    return fail(why, "remove", path);
  }
  if (!keeps_root) {
    (*count)++;
    return unlinkat(parent, name, tree < 0 ? 0 : AT_REMOVEDIR) < 0 ? fail(why, "remove", path) : 0;
  }
  return 0;
}

int tree_remove(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *path = read_string(in);
  uint32_t flags = read_u32(in);
  uint64_t count = 0;
  if (!read_end(in)) {
    return malformed(why);
  }
  if (remove_tree(job, path, (flags & REMOVE_KEEP_ROOT) != 0, &count, why) < 0) {
    return -1;
  }
  tree_reply_begin(job, 0);
  write_u64(&job->out, count);
  tree_reply_end(job);
  return 0;
}

struct extent {
  uint64_t at;
  uint64_t length;
};

/* What of a file is no hole, from an offset on: a file of any size costs what it has on disk. A file
 * system that knows no holes says that there is none before the end. */
static struct extent next_data(int file, uint64_t offset, const struct stat *status) {
  uint64_t size = (uint64_t)status->st_size;
  if (offset >= size) {
    return (struct extent){.at = offset};
  }
  off_t at = lseek(file, (off_t)offset, SEEK_DATA);
  if (at < 0 && errno == ENXIO) {
    return (struct extent){.at = size};
  }
  if (at < 0) {
    return (struct extent){.at = offset, .length = size - offset};
  }
  off_t end = lseek(file, at, SEEK_HOLE);
  uint64_t length = end > at ? (uint64_t)(end - at) : size - (uint64_t)at;
  return (struct extent){.at = (uint64_t)at, .length = length};
}

int tree_read_file(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *path = read_string(in);
  uint64_t offset = read_u64(in);
  uint32_t length = read_u32(in);
  struct stat status;
  if (!read_end(in)) {
    return malformed(why);
  }
  if (length > LIMIT_READ_FILE) {
    return fail_with(why, EINVAL, "read-file", path, "at most %d bytes at once", LIMIT_READ_FILE);
  }
  cleanup_fd int file = place_open(job->places, IN_STORE | IN_ROOTS, path,
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, why);
  if (file < 0) {
    return -1;
  }
  if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode)) {
    return fail_with(why, EINVAL, "read-file", path, "is not a regular file");
  }
  struct extent extent = next_data(file, offset, &status);
  if (length > extent.length) {
    length = (uint32_t)extent.length;
  }
  cleanup_free char *content = malloc((size_t)length + 1);
  size_t used = 0;
  for (ssize_t n; content != NULL && used < length; used += (size_t)n) {
    n = RETRY(pread(file, content + used, length - used, (off_t)(extent.at + used)));
    if (n < 0) {
      return fail(why, "read-file", path);
    }
    if (n == 0) {
      break;
    }
  }
  tree_reply_begin(job, 0);
  write_u64(&job->out, (uint64_t)status.st_size);
  write_u64(&job->out, extent.at);
  write_bytes(&job->out, content, used);
  tree_reply_end(job);
  return 0;
}

int tree_move(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *from = read_string(in);
  const char *to = read_string(in);
  const char *from_name, *to_name;
  if (!read_end(in)) {
    return malformed(why);
  }
  cleanup_fd int source = place_open_parent(job->places, IN_STORE, from, &from_name, why);
  cleanup_fd int target =
      source < 0 ? -1 : place_open_parent(job->places, IN_STORE, to, &to_name, why);
  if (target < 0) {
    return -1;
  }
  if (syscall(SYS_renameat2, source, from_name, target, to_name, RENAME_WITHOUT_REPLACING) < 0) {
    return fail_text(why, "move", from, "to %s", to);
  }
  tree_reply_begin(job, 0);
  tree_reply_end(job);
  return 0;
}

int tree_sync(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *path = read_string(in);
  if (!read_end(in)) {
    return malformed(why);
  }
  cleanup_fd int tree =
      place_open(job->places, IN_STORE, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, why);
  if (tree < 0) {
    return -1;
  }
  if (syncfs(tree) < 0) {
    return fail(why, "sync", path);
  }
  tree_reply_begin(job, 0);
  tree_reply_end(job);
  return 0;
}
