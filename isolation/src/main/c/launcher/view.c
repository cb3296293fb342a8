/* The file system view of a step. */
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"
#include "paths.h"
#include "protocol.h"
#include "runtime.h"

/* What Docker and Podman hide or protect, in one list, and kallsyms: where the administrator has not raised
 * kptr_restrict it tells the addresses of the kernel. Files that this kernel lacks are passed over. */
static const char *const masked[] = {
    "acpi",          "asound",      "interrupts", "kallsyms",   "kcore",       "keys",
    "latency_stats", "sched_debug", "scsi",       "timer_list", "timer_stats",
};
static const char *const protected[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};

static const char *const device_nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};

static const struct {
  const char *name;
  const char *text;
} device_links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

static int attach_at(int mount, int dir, const char *path, struct failure *why) {
  cleanup_fd int target = beneath_open(dir, path, O_PATH, 0);
  if (target < 0 || attach(mount, target) < 0) {
    return fail(why, "attach", path);
  }
  return 0;
}

/* Before Linux 6.15 only a mount that lies in this namespace can be cloned: directories are covered by
 * one of the attached scratch file system. */
static int hide(int proc, int scratch, const char *path, struct failure *why) {
  struct stat status;
  cleanup_fd int target = beneath_open(proc, path, O_PATH, 0);
  if (target < 0) {
    return errno == ENOENT ? 0 : fail(why, "mask", path);
  }
  if (fstat(target, &status) < 0) {
    return fail(why, "mask", path);
  }
  unsigned flags = MOUNT_READ_ONLY | MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC;
  cleanup_fd int cover = S_ISDIR(status.st_mode) ? clone_tree(scratch, "empty", flags, why)
                                                 : clone_tree(AT_FDCWD, "/dev/null", 0, why);
  if (cover < 0) {
    return -1;
  }
  return attach(cover, target) < 0 ? fail(why, "mask", path) : 0;
}

static int protect(int proc, const char *path, struct failure *why) {
  cleanup_fd int target = beneath_open(proc, path, O_PATH, 0);
  if (target < 0) {
    return errno == ENOENT ? 0 : fail(why, "protect", path);
  }
  cleanup_fd int cover =
      clone_tree(target, "", MOUNT_READ_ONLY | MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC, why);
  if (cover < 0) {
    return -1;
  }
  return attach(cover, target) < 0 ? fail(why, "protect", path) : 0;
}

static int prepare_proc(int scratch, struct view *view, bool borrow_proc, struct failure *why) {
  unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  int proc = borrow_proc ? clone_tree(AT_FDCWD, "/proc", 0, why)
                         : make_filesystem("proc", (const char *const[]){NULL}, attributes, why);
  view->proc = proc;
  if (proc < 0 || attach_at(proc, scratch, "proc", why) < 0) {
    return -1;
  }
  view->raw_proc = clone_tree(proc, "", 0, why);
  if (view->raw_proc < 0) {
    return -1;
  }
  for (size_t i = 0; i < COUNT_OF(masked); i++) {
    if (hide(proc, scratch, masked[i], why) < 0) {
      return -1;
    }
  }
  for (size_t i = 0; i < COUNT_OF(protected); i++) {
    if (protect(proc, protected[i], why) < 0) {
      return -1;
    }
  }
  return 0;
}

static int prepare_nodes(int dev, struct failure *why) {
  for (size_t i = 0; i < COUNT_OF(device_nodes); i++) {
    char source[32];
    snprintf(source, sizeof source, "/dev/%s", device_nodes[i]);
    cleanup_fd int node = clone_tree(AT_FDCWD, source, MOUNT_NOSUID | MOUNT_NOEXEC, why);
    cleanup_fd int file = openat(dev, device_nodes[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    if (node < 0 || file < 0 || attach_at(node, dev, device_nodes[i], why) < 0) {
      return node < 0 ? -1 : fail(why, "make-device", device_nodes[i]);
    }
  }
  for (size_t i = 0; i < COUNT_OF(device_links); i++) {
    if (symlinkat(device_links[i].text, dev, device_links[i].name) < 0) {
      return fail(why, "make-device", device_links[i].name);
    }
  }
  return 0;
}

static int prepare_dev(int scratch, struct view *view, struct failure *why) {
  static const char *const options[] = {"mode", "0755", "size", "64k", NULL};
  static const char *const shm_options[] = {"mode", "1777", "size", "64m", NULL};
  static const char *const pts_options[] = {"ptmxmode", "0666", "mode", "0620", NULL};
  unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  int dev = make_filesystem("tmpfs", options, attributes, why);
  view->dev = dev;
  if (dev < 0 || attach_at(dev, scratch, "dev", why) < 0 || prepare_nodes(dev, why) < 0) {
    return -1;
  }
  if (mkdirat(dev, "shm", 0755) < 0 || mkdirat(dev, "pts", 0755) < 0) {
    return fail(why, "make-device", "shm, pts");
  }
  cleanup_fd int shm = make_filesystem("tmpfs", shm_options, attributes | MOUNT_ATTR_NODEV, why);
  if (shm < 0 || attach_at(shm, dev, "shm", why) < 0) {
    return -1;
  }
  cleanup_fd int pts = make_filesystem("devpts", pts_options, attributes, why);
  return pts < 0 ? -1 : attach_at(pts, dev, "pts", why);
}

int view_prepare(struct view *view, bool borrow_proc, bool has_runtime, struct failure *why) {
  static const char *const options[] = {"mode", "0755", "size", "32k", NULL};
  cleanup_fd int scratch = make_filesystem("tmpfs", options, MOUNT_ATTR_NOSUID, why);
  cleanup_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (scratch < 0 || root < 0) {
    return scratch < 0 ? -1 : fail(why, "open", "/");
  }
  if (attach(scratch, root) < 0) {
    return fail(why, "attach", "scratch root");
  }
  static const char *const names[] = {"proc", "dev", "empty"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (mkdirat(scratch, names[i], 0555) < 0) {
      return fail(why, "mkdir", names[i]);
    }
  }
  if (prepare_proc(scratch, view, borrow_proc, why) < 0 || prepare_dev(scratch, view, why) < 0 ||
      (has_runtime && runtime_prepare(scratch, why) < 0)) {
    return -1;
  }
  return switch_root(scratch, why);
}

static int move_into(int root, int mount, const char *name, struct failure *why) {
  cleanup_fd int target = beneath_open(root, name, O_PATH | O_DIRECTORY, 0);
  if (target < 0) {
    return fail_text(why, "open-mount-point", name, "the root needs this directory");
  }
  return attach(mount, target) < 0 ? fail(why, "attach", name) : 0;
}

int view_place(int root, const struct mount_list *mounts, const int *sources, struct failure *why) {
  for (uint32_t i = 0; i < mounts->count; i++) {
    if (mount_place(root, &mounts->steps[i], sources[i], why) < 0) {
      return -1;
    }
  }
  return 0;
}

int view_allow_nesting(const struct view *view, struct failure *why) {
  cleanup_fd int scratch = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (scratch < 0 || attach_at(view->raw_proc, scratch, "empty", why) < 0) {
    return scratch < 0 ? fail(why, "open", "scratch root") : -1;
  }
  return kernel_umount2("/proc/sys", MNT_DETACH) < 0 ? fail(why, "uncover", "/proc/sys") : 0;
}

/* No pivot_root and no unmount here: each waits for all processors, which under load takes milliseconds.
 * The scratch root needs not go, as it is covered: ".." ends at the new root, as after switch_root of an
 * initial ramdisk, and the mount table begins with it. */
int view_follow(int root, struct failure *why) {
  return fchdir(root) < 0 || chroot(".") < 0 ? fail(why, "enter-root", "root") : 0;
}

int view_enter(const struct view *view, int root, const struct mount_list *mounts,
               const int *sources, struct failure *why) {
  cleanup_fd int scratch = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (scratch < 0 || attach(root, scratch) < 0) {
    return fail(why, "attach", "root");
  }
  if (move_into(root, view->proc, "proc", why) < 0 || move_into(root, view->dev, "dev", why) < 0) {
    return -1;
  }
  return view_place(root, mounts, sources, why) < 0 ? -1 : view_follow(root, why);
}
