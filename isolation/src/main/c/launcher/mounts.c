/* Mount operations. Everything is made detached and moved to a target that was opened before, so no
 * path is looked up twice. */
#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kernel.h"
#include "overlay.h"
#include "protocol.h"

enum { CONTROLLERS_MAX = 8 }; /* of one hierarchy */

static void read_mount(struct reader *in, struct mount_step *step) {
  step->kind = read_u8(in);
  switch (step->kind) {
    case MOUNT_OVERLAY:
      step->target = read_string(in);
      step->lowers = read_strings(in);
      step->upper = read_string(in);
      step->work = read_string(in);
      step->flags = read_u32(in);
      in->bad |= step->lowers.count == 0 || step->lowers.count > LIMIT_LOWERS;
      break;
    case MOUNT_TMPFS:
      step->target = read_string(in);
      step->size = read_u64(in);
      step->inodes = read_u64(in);
      step->mode = read_u32(in);
      step->flags = read_u32(in);
      break;
    case MOUNT_BIND:
      step->source = read_string(in);
      step->target = read_string(in);
      step->flags = read_u32(in);
      break;
    case MOUNT_MKDIR:
      step->target = read_string(in);
      step->mode = read_u32(in);
      break;
    case MOUNT_SYMLINK:
      step->target = read_string(in);
      step->source = read_string(in);
      break;
    case MOUNT_FILE:
      step->target = read_string(in);
      step->mode = read_u32(in);
      step->content = read_bytes(in);
      break;
    case MOUNT_CGROUP:
      step->target = read_string(in);
      step->controllers = read_strings(in);
      break;
    default:
      in->bad = true;
      break;
  }
}

void read_mounts(struct reader *in, struct mount_list *list) {
  list->count = read_count(in, 9);
  list->steps = read_array(in, list->count, sizeof *list->steps);
  for (uint32_t i = 0; i < list->count && !in->bad; i++) {
    read_mount(in, &list->steps[i]);
  }
}

static unsigned attributes_of(unsigned flags) {
  static const struct {
    unsigned flag;
    unsigned attribute;
  } map[] = {
      {MOUNT_READ_ONLY, MOUNT_ATTR_RDONLY},
      {MOUNT_NOSUID, MOUNT_ATTR_NOSUID},
      {MOUNT_NODEV, MOUNT_ATTR_NODEV},
      {MOUNT_NOEXEC, MOUNT_ATTR_NOEXEC},
  };
  unsigned attributes = 0;
  for (size_t i = 0; i < COUNT_OF(map); i++) {
    if ((flags & map[i].flag) != 0) {
      attributes |= map[i].attribute;
    }
  }
  return attributes;
}

int make_filesystem(const char *type, const char *const *options, unsigned attributes,
                    struct failure *why) {
  cleanup_fd int fs = kernel_fsopen(type, FSOPEN_CLOEXEC);
  if (fs < 0) {
    return fail(why, "fsopen", type);
  }
  for (; options[0] != NULL; options += 2) {
    if (kernel_fsconfig(fs, FSCONFIG_SET_STRING, options[0], options[1], 0) < 0) {
      return fail_text(why, "fsconfig", type, "%s=%s", options[0], options[1]);
    }
  }
  if (kernel_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
    return fail(why, "mount", type);
  }
  int mount = kernel_fsmount(fs, FSMOUNT_CLOEXEC, attributes);
  return mount < 0 ? fail(why, "fsmount", type) : mount;
}

int clone_tree(int dir, const char *path, unsigned mount_flags, struct failure *why) {
  cleanup_fd int tree = kernel_open_tree(
      dir, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
  if (tree < 0) {
    return fail(why, "open_tree", path);
  }
  struct mount_attr attributes = {.attr_set = attributes_of(mount_flags)};
  if (attributes.attr_set != 0 &&
      kernel_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes) < 0) {
    return fail(why, "mount_setattr", path);
  }
  return steal_fd(&tree);
}

int attach(int mount, int target) {
  return kernel_move_mount(mount, "", target, "",
                           MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int switch_root(int root, struct failure *why) {
  if (fchdir(root) < 0) {
    return fail(why, "pivot-chdir", "root");
  }
  if (kernel_pivot_root(".", ".") == 0) {
    /* The old root now lies on top of the new one. */
    if (kernel_umount2(".", MNT_DETACH) < 0) {
      return fail(why, "pivot-detach", "old root");
    }
  } else if (chroot(".") < 0) {
    /* Some containers refuse pivot_root. What is covered cannot be reached either, from no process that
     * may not unmount. */
    return fail(why, "pivot_root", "root");
  }
  return chdir("/") < 0 ? fail(why, "pivot-chdir", "/") : 0;
}

bool mount_has_source(const struct mount_step *step) {
  return step->kind == MOUNT_OVERLAY || step->kind == MOUNT_BIND;
}

int mount_source(const struct places *places, const struct mount_step *step, struct failure *why) {
  if (step->kind == MOUNT_OVERLAY) {
    return overlay_make(places, step, attributes_of(step->flags), why);
  }
  cleanup_fd int source =
      place_open(places, IN_STORE | IN_HOST | IN_ROOTS | IN_DEVICES, step->source, O_PATH, why);
  if (source < 0) {
    return -1;
  }
  int tree = clone_tree(source, "", step->flags, why);
  if (tree < 0) {
    snprintf(why->object, sizeof why->object, "%s", step->source);
  }
  return tree;
}

static int make_tmpfs(const struct mount_step *step, struct failure *why) {
  char size[24], inodes[24], mode[12];
  const char *options[8];
  int n = 0;
  snprintf(mode, sizeof mode, "%o", step->mode & 07777);
  options[n++] = "mode";
  options[n++] = mode;
  if (step->size != 0) {
    snprintf(size, sizeof size, "%llu", (unsigned long long)step->size);
    options[n++] = "size";
    options[n++] = size;
  }
  if (step->inodes != 0) {
    snprintf(inodes, sizeof inodes, "%llu", (unsigned long long)step->inodes);
    options[n++] = "nr_inodes";
    options[n++] = inodes;
  }
  options[n] = NULL;
  return make_filesystem("tmpfs", options, attributes_of(step->flags), why);
}

/* Seen from the cgroup namespace of the caller. On version 1 it is an existing hierarchy, which is called by
 * exactly its controllers. */
static int make_cgroup(const struct mount_step *step, struct failure *why) {
  const struct strings *controllers = &step->controllers;
  const char *options[2 * CONTROLLERS_MAX + 1];
  uint32_t n = 0;
  for (; n < controllers->count && n < CONTROLLERS_MAX; n++) {
    options[2 * n] = controllers->items[n];
    options[2 * n + 1] = "";
  }
  options[2 * n] = NULL;
  return make_filesystem(n == 0 ? "cgroup2" : "cgroup", options,
                         MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, why);
}

/* An empty file or directory to mount on, as the mount needs it. */
static int make_target(int root, const char *target, int mount) {
  struct stat status;
  if (fstat(mount, &status) < 0) {
    return -1;
  }
  if (S_ISDIR(status.st_mode)) {
    return beneath_make_directories(root, target);
  }
  const char *slash = strrchr(target, '/');
  if (slash != NULL) {
    char parent[4096];
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - target), target);
    if (beneath_make_directories(root, parent) < 0) {
      return -1;
    }
  }
  cleanup_fd int file = beneath_open(root, target, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644);
  return file < 0 ? -1 : 0;
}

static int attach_at(int root, const struct mount_step *step, int mount, struct failure *why) {
  cleanup_fd int target = beneath_open(root, step->target, O_PATH, 0);
  if (target < 0 && errno == ENOENT && (step->flags & MOUNT_MAKE) != 0) {
    if (make_target(root, step->target, mount) < 0) {
      return fail(why, "make-mount-point", step->target);
    }
    target = beneath_open(root, step->target, O_PATH, 0);
  }
  if (target < 0) {
    return fail(why, "open-mount-point", step->target);
  }
  return attach(mount, target) < 0 ? fail(why, "attach", step->target) : 0;
}

static int place_directory(int root, const struct mount_step *step) {
  const char *name;
  cleanup_fd int parent = beneath_open_parent(root, step->target, &name);
  if (parent < 0) {
    return -1;
  }
  if (mkdirat(parent, name, 0700) < 0) {
    struct stat status;
    bool is_there = errno == EEXIST && fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISDIR(status.st_mode);
    return is_there ? 0 : -1;
  }
  return fchmodat(parent, name, step->mode & 07777, 0);
}

static int place_symlink(int root, const struct mount_step *step) {
  const char *name;
  cleanup_fd int parent = beneath_open_parent(root, step->target, &name);
  if (parent < 0) {
    return -1;
  }
  if (symlinkat(step->source, parent, name) < 0) {
    char text[4096];
    ssize_t length = errno == EEXIST ? readlinkat(parent, name, text, sizeof text) : -1;
    bool is_there = length == (ssize_t)strlen(step->source) &&
                    memcmp(text, step->source, (size_t)length) == 0;
    return is_there ? 0 : -1;
  }
  return 0;
}

static int place_file(int root, const struct mount_step *step) {
  cleanup_fd int file =
      beneath_open(root, step->target, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (file < 0) {
    return -1;
  }
  for (uint32_t done = 0; done < step->content.length;) {
    ssize_t n = RETRY(write(file, step->content.data + done, step->content.length - done));
    if (n < 0) {
      return -1;
    }
    done += (uint32_t)n;
  }
  return fchmod(file, step->mode & 07777);
}

int mount_place(int root, const struct mount_step *step, int source, struct failure *why) {
  switch (step->kind) {
    case MOUNT_OVERLAY:
    case MOUNT_BIND:
      return attach_at(root, step, source, why);
    case MOUNT_TMPFS: {
      cleanup_fd int mount = make_tmpfs(step, why);
      return mount < 0 ? -1 : attach_at(root, step, mount, why);
    }
    case MOUNT_CGROUP: {
      cleanup_fd int mount = make_cgroup(step, why);
      return mount < 0 ? -1 : attach_at(root, step, mount, why);
    }
    case MOUNT_MKDIR:
      return place_directory(root, step) < 0 ? fail(why, "mkdir", step->target) : 0;
    case MOUNT_SYMLINK:
      return place_symlink(root, step) < 0 ? fail(why, "symlink", step->target) : 0;
    case MOUNT_FILE:
      return place_file(root, step) < 0 ? fail(why, "write", step->target) : 0;
    default:
      return fail_with(why, EINVAL, "mount", step->target, "unknown operation %u", step->kind);
  }
}
