/* What the client made, as the user who started the supervisor, becomes that of steps. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "protocol.h"
#include "step_ids.h"
#include "tree.h"
#include "walk.h"

struct adoption {
  uint32_t zero;
  bool leaves_removable;
  uint64_t count;
};

/* What cannot be looked into counts as full. */
static bool is_empty(int parent, const char *name) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  cleanup_dir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (directory == NULL) {
    if (fd >= 0) {
      close(fd);
    }
    return false;
  }
  const struct dirent *item;
  do {
    item = readdir(directory);
  } while (item != NULL && (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0));
  return item == NULL;
}

/* Who may write to a directory may remove what is in it, also an empty directory of somebody else. */
static bool stays(const struct adoption *adoption, const struct walk_entry *entry) {
  return adoption->leaves_removable && S_ISDIR(entry->status->st_mode) &&
         !is_empty(entry->parent, entry->name);
}

/* Entries of other ids stay as they are: they belong to steps already. */
static int adopt(struct adoption *adoption, const struct walk_entry *entry, struct failure *why) {
  const struct stat *status = entry->status;
  mode_t type = status->st_mode & S_IFMT;
  uid_t uid = status->st_uid == 0 ? adoption->zero : (uid_t)ID_UNCHANGED;
  gid_t gid = status->st_gid == 0 ? adoption->zero : (gid_t)ID_UNCHANGED;
  bool is_theirs = uid == (uid_t)ID_UNCHANGED && gid == (gid_t)ID_UNCHANGED;
  if (is_theirs || stays(adoption, entry)) {
    return 0;
  }
  if (fchownat(entry->parent, entry->name, uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) {
    return fail(why, "adopt", entry->path == NULL ? entry->name : entry->path);
  }
  adoption->count++;
  /* The kernel takes these bits away when the owner of a file changes. */
  return type == S_IFREG && (status->st_mode & (S_ISUID | S_ISGID)) != 0 &&
                 fchmodat(entry->parent, entry->name, status->st_mode & 07777, AT_SYMLINK_NOFOLLOW) < 0
             ? fail(why, "adopt", entry->path == NULL ? entry->name : entry->path)
             : 0;
}

static int adopt_entry(void *owner, const struct walk_entry *entry, struct failure *why) {
  return adopt(owner, entry, why);
}

static int adopt_all(struct adoption *adoption, int parent, const char *name, const char *path,
                     struct failure *why) {
  struct stat status;
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return fail(why, "adopt", path);
  }
  struct walk_entry root = {.parent = parent, .name = name, .path = path, .status = &status};
  if (adopt(adoption, &root, why) < 0) {
    return -1;
  }
  if (!S_ISDIR(status.st_mode)) {
    return 0;
  }
  cleanup_fd int tree = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct walk_visitor visitor = {.owner = adoption, .entry = adopt_entry};
  return tree < 0 ? fail(why, "adopt", path) : walk_tree(tree, &visitor, why);
}

static int adopt_path(struct adoption *adoption, const struct places *places, const char *path,
                      struct failure *why) {
  if (adoption->zero == 0) {
    return 0; /* they are the same */
  }
  const char *name;
  cleanup_fd int parent = place_open_parent(places, IN_STORE, path, &name, why);
  return parent < 0 ? -1 : adopt_all(adoption, parent, name, path, why);
}

int tree_adopt_files(const struct supervisor *supervisor, const char *path, struct failure *why) {
  struct adoption adoption = {.zero = supervisor->options->step_zero, .leaves_removable = true};
  return adopt_path(&adoption, &supervisor->places, path, why);
}

int tree_adopt(struct tree_job *job, struct reader *in, struct failure *why) {
  const char *path = read_string(in);
  struct adoption adoption = {.zero = job->step_zero};
  if (!read_end(in)) {
    return fail_with(why, EBADMSG, "adopt", "body", "is malformed");
  }
  if (adopt_path(&adoption, job->places, path, why) < 0) {
    return -1;
  }
  tree_reply_begin(job, 0);
  write_u64(&job->out, adoption.count);
  tree_reply_end(job);
  return 0;
}
