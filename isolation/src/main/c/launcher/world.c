/* Stripping the mount namespace to what steps may be given. */
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kernel.h"
#include "mounts.h"
#include "processes.h"
#include "protocol.h"

static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
static const char *const directories[] = {"store", "host", "roots", "dev", "proc", "empty"};

int world_open(const struct options *options, struct origins *origins, struct failure *why) {
  if (kernel_unshare(CLONE_NEWNS) < 0) {
    return fail(why, "mount-namespace", "unshare");
  }
  struct mount_attr private = {.propagation = 1 << 18 /* MS_PRIVATE */};
  if (kernel_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private) < 0) {
    return fail_text(why, "mount-private", "/", "mount_setattr needs Linux 5.12");
  }
  origins->store = open(options->store, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (origins->store < 0) {
    return fail(why, "open-store", options->store);
  }
  for (unsigned i = 0; i < options->bind_count; i++) {
    origins->binds[i] = open(options->binds[i].source, O_PATH | O_CLOEXEC);
    if (origins->binds[i] < 0) {
      return fail(why, "mount-bind-source", options->binds[i].source);
    }
  }
  return 0;
}

static int attach_below(int root, const char *path, int mount, struct failure *why) {
  cleanup_fd int target = beneath_open(root, path, O_PATH, 0);
  return target < 0 || attach(mount, target) < 0 ? fail(why, "mount-attach", path) : 0;
}

static int add_binds(int root, const struct options *options, struct origins *origins,
                     struct failure *why) {
  cleanup_fd int store = clone_tree(origins->store, "", MOUNT_NOSUID | MOUNT_NODEV, why);
  if (store < 0 || attach_below(root, "store", store, why) < 0) {
    return -1;
  }
  for (unsigned i = 0; i < options->bind_count; i++) {
    const struct bind_option *bind = &options->binds[i];
    const char *target = bind->target + 1; /* after the slash */
    cleanup_fd int tree = clone_tree(origins->binds[i], "", bind->flags, why);
    if (tree < 0) {
      snprintf(why->object, sizeof why->object, "%s", bind->source);
      return -1;
    }
    if (beneath_make_directories(root, target) < 0) {
      return fail(why, "mount-bind", target);
    }
    if (attach_below(root, target, tree, why) < 0) {
      return -1;
    }
    close_and_forget(&origins->binds[i]);
  }
  close_and_forget(&origins->store);
  return 0;
}

static int add_device(int root, const char *source, const char *name, struct failure *why) {
  char target[32];
  snprintf(target, sizeof target, "dev/%s", name);
  cleanup_fd int node = kernel_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  cleanup_fd int file = node < 0 ? -1 : beneath_open(root, target, O_CREAT | O_WRONLY, 0666);
  return file < 0 ? fail(why, "mount-device", source) : attach_below(root, target, node, why);
}

static int add_devices(int root, const struct options *options, struct failure *why) {
  struct failure none;
  for (size_t i = 0; i < COUNT_OF(nodes); i++) {
    char source[32];
    snprintf(source, sizeof source, "/dev/%s", nodes[i]);
    if (add_device(root, source, nodes[i], why) < 0) {
      return -1;
    }
  }
  if (options->emulator != NULL) {
    add_device(root, options->kvm, "kvm", &none); /* where there is none, machines are emulated */
  }
  if (mkdirat(root, "dev/net", 0755) < 0) {
    return fail(why, "mount-mkdir", "dev/net");
  }
  add_device(root, "/dev/net/tun", "net/tun", &none); /* for steps that ask for it; the client looks whether it is there */
  return 0;
}

static int add_kernel_views(int root, const struct options *options, struct places *places,
                            struct failure *why) {
  static const char *const roots_options[] = {"mode", "0755", "size", "1m", NULL};
  unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  cleanup_fd int proc =
      processes_mount(attributes, options->borrow_proc, &places->proc_is_borrowed, why);
  if (proc < 0) {
    snprintf(why->operation, sizeof why->operation, "mount-proc");
    return -1;
  }
  cleanup_fd int roots = make_filesystem("tmpfs", roots_options, attributes, why);
  if (roots < 0) {
    return -1;
  }
  return attach_below(root, "proc", proc, why) < 0 || attach_below(root, "roots", roots, why) < 0 ? -1
                                                                                                  : 0;
}

static int enter(int root, struct failure *why) {
  if (switch_root(root, why) < 0) {
    return -1;
  }
  struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
  return kernel_mount_setattr(root, "", AT_EMPTY_PATH, &read_only) < 0
             ? fail(why, "mount-read-only", "supervisor's root")
             : 0;
}

int world_strip(const struct options *options, struct origins *origins, struct places *places,
                struct failure *why) {
  static const char *const root_options[] = {"mode", "0755", "size", "1m", NULL};
  cleanup_fd int root = make_filesystem("tmpfs", root_options, MOUNT_ATTR_NOSUID, why);
  cleanup_fd int old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 || old_root < 0) {
    return root < 0 ? -1 : fail(why, "mount", "/");
  }
  if (attach(root, old_root) < 0) {
    return fail(why, "mount-attach", "supervisor's root");
  }
  for (size_t i = 0; i < COUNT_OF(directories); i++) {
    if (mkdirat(root, directories[i], 0755) < 0) {
      return fail(why, "mount-mkdir", directories[i]);
    }
  }
  if (add_binds(root, options, origins, why) < 0 || add_devices(root, options, why) < 0 ||
      add_kernel_views(root, options, places, why) < 0 || enter(root, why) < 0) {
    return -1;
  }
  const struct {
    const char *path;
    int *fd;
  } opened[] = {{"/store", &places->store}, {"/host", &places->host}, {"/roots", &places->roots},
                {"/dev", &places->devices}};
  for (size_t i = 0; i < COUNT_OF(opened); i++) {
    *opened[i].fd = open(opened[i].path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*opened[i].fd < 0) {
      return fail(why, "open", opened[i].path);
    }
  }
  return 0;
}
