/* The rules of overlayfs, in the order from the lowest layer to the topmost one. */
#include "lay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "attributes.h"
#include "cleanup.h"
#include "copy_file.h"
#include "tree.h"

enum { DEPTH_MAX = 256, LINK_TEXT_MAX = 4096 };

struct place {
  int layer;
  int target;
  const char *name;
  const struct stat *status;
};

static int lay_level(const struct lay *lay, int layer, int target, unsigned depth,
                     struct failure *why);

static bool is_whiteout(const struct stat *status) {
  return S_ISCHR(status->st_mode) && status->st_rdev == 0;
}

/* Whatever is there makes room, but for a directory that another one is laid over. */
static int make_room(const struct place *place, bool keeps_directory, struct failure *why) {
  struct stat there;
  uint64_t count = 0;
  if (fstatat(place->target, place->name, &there, AT_SYMLINK_NOFOLLOW) < 0) {
    return errno == ENOENT ? 0 : fail(why, "lay", place->name);
  }
  if (!S_ISDIR(there.st_mode)) {
    return unlinkat(place->target, place->name, 0) < 0 ? fail(why, "lay", place->name) : 0;
  }
  if (keeps_directory) {
    return 0;
  }
  cleanup_fd int tree =
      openat(place->target, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0) {
    return fail(why, "lay", place->name);
  }
  return tree_clear(tree, &count, why) < 0 ||
                 unlinkat(place->target, place->name, AT_REMOVEDIR) < 0
             ? fail(why, "lay", place->name)
             : 0;
}

/* Owner, mode and time; a file of the machine's own loses the bits of set-user-id programs. */
static int finish(const struct lay *lay, const struct place *place, struct failure *why) {
  const struct stat *status = place->status;
  bool is_link = S_ISLNK(status->st_mode);
  struct timespec times[2] = {status->st_mtim, status->st_mtim};
  uint32_t uid = lay->how == LAY_COPY ? lay->owner : status->st_uid;
  uint32_t gid = lay->how == LAY_COPY ? lay->owner : status->st_gid;
  mode_t mode = status->st_mode & (lay->how == LAY_READ && !S_ISDIR(status->st_mode) ? 0777 : 07777);
  bool is_done =
      fchownat(place->target, place->name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 &&
      (is_link || fchmodat(place->target, place->name, mode, 0) == 0) &&
      utimensat(place->target, place->name, times, AT_SYMLINK_NOFOLLOW) == 0;
  return is_done ? 0 : fail(why, "lay", place->name);
}

static int copy_regular(const struct place *place) {
  struct copied_bytes bytes = {0};
  cleanup_fd int source =
      openat(place->layer, place->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  cleanup_fd int target = openat(place->target, place->name,
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  return source < 0 || target < 0 ? -1 : copy_file(source, target, true, &bytes);
}

static int copy_link(const struct place *place) {
  char text[LINK_TEXT_MAX];
  ssize_t length = readlinkat(place->layer, place->name, text, sizeof text - 1);
  if (length < 0) {
    return -1;
  }
  text[length] = 0;
  return symlinkat(text, place->target, place->name);
}

/* A link shares the file with the store: only where no step can ever write to it. Steps have no capability
 * and own nothing that is linked, so the bit for others decides. */
static bool may_link(const struct lay *lay, const struct stat *status) {
  return lay->how == LAY_LINK && !S_ISFIFO(status->st_mode) &&
         (S_ISLNK(status->st_mode) || (status->st_mode & S_IWOTH) == 0);
}

static int lay_other(const struct lay *lay, const struct place *place, struct failure *why) {
  mode_t type = place->status->st_mode & S_IFMT;
  if (make_room(place, false, why) < 0) {
    return -1;
  }
  if (may_link(lay, place->status) &&
      linkat(place->layer, place->name, place->target, place->name, 0) == 0) {
    return 0;
  }
  int result = type == S_IFREG   ? copy_regular(place)
               : type == S_IFLNK ? copy_link(place)
                                 : mkfifoat(place->target, place->name, 0600);
  if (result < 0) {
    return fail(why, "lay", place->name);
  }
  return finish(lay, place, why);
}

static int lay_directory(const struct lay *lay, const struct place *place, unsigned depth,
                         struct failure *why) {
  char opaque =
      lay->how == LAY_READ
          ? 0
          : attribute_first_byte(place->layer, place->name, "user.overlay.opaque");
  if (make_room(place, opaque != 'y', why) < 0) {
    return -1;
  }
  if (mkdirat(place->target, place->name, 0700) < 0 && errno != EEXIST) {
    return fail(why, "lay", place->name);
  }
  cleanup_fd int layer =
      openat(place->layer, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  cleanup_fd int target =
      openat(place->target, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (layer < 0 || target < 0) {
    return fail(why, "lay", place->name);
  }
  return lay_level(lay, layer, target, depth + 1, why) < 0 ? -1 : finish(lay, place, why);
}

static bool is_same(int directory, const struct stat *status) {
  struct stat other;
  return directory >= 0 && fstat(directory, &other) == 0 && other.st_ino == status->st_ino &&
         other.st_dev == status->st_dev;
}

/* What only its owner may look at is not for steps, who come as others. */
static bool is_left_out(const struct lay *lay, const struct stat *status) {
  mode_t type = status->st_mode & S_IFMT;
  if (type != S_IFREG && type != S_IFLNK && type != S_IFDIR && type != S_IFIFO) {
    return true;
  }
  if (lay->how != LAY_READ) {
    return false;
  }
  mode_t needed = S_ISDIR(status->st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
  return type == S_IFIFO || (type != S_IFLNK && (status->st_mode & needed) != needed) ||
         is_same(lay->skipped, status);
}

static int lay_entry(const struct lay *lay, int layer, int target, const char *name,
                     unsigned depth, struct failure *why) {
  struct stat status;
  if (fstatat(layer, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return errno == ENOENT ? 0 : fail(why, "lay", name);
  }
  struct place place = {.layer = layer, .target = target, .name = name, .status = &status};
  if (lay->how != LAY_READ && is_whiteout(&status)) {
    return make_room(&place, false, why);
  }
  if (is_left_out(lay, &status)) {
    return 0;
  }
  return S_ISDIR(status.st_mode) ? lay_directory(lay, &place, depth, why)
                                 : lay_other(lay, &place, why);
}

static int lay_level(const struct lay *lay, int layer, int target, unsigned depth,
                     struct failure *why) {
  int copy = depth > DEPTH_MAX ? -1 : openat(layer, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  cleanup_dir DIR *directory = copy < 0 ? NULL : fdopendir(copy);
  if (directory == NULL) {
    if (copy >= 0) {
      close(copy);
    }
    return depth > DEPTH_MAX ? fail_with(why, ENAMETOOLONG, "lay", "layer", "is deeper than %d", DEPTH_MAX)
                             : fail(why, "lay", "layer");
  }
  for (;;) {
    errno = 0;
    const struct dirent *item = readdir(directory);
    if (item == NULL) {
      return errno == 0 ? 0 : fail(why, "lay", "layer");
    }
    if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0 &&
        lay_entry(lay, layer, target, item->d_name, depth, why) < 0) {
      return -1;
    }
  }
}

int lay_tree(const struct lay *lay, int layer, int target, struct failure *why) {
  return lay_level(lay, layer, target, 0, why);
}
