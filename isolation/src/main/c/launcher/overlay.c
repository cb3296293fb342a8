/* Overlay mounts. Layers are opened first and handed over by descriptor: directly where the kernel has
 * that (6.13), as /proc/self/fd/N before, one by one (6.8) or in one option string. So no path is looked
 * up twice, the option string stays short, and mountinfo shows nothing of the host. */
#include "overlay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kernel.h"
#include "protocol.h"
#include "world.h"

enum layer_style { BY_DESCRIPTOR, BY_PATH, BY_STRING };

enum { FD_PATH = 32, OPTIONS_MAX = 4096 /* a page: what mount(2) takes */ };

struct layers {
  uint32_t count; /* lowers, then upper and work if there are any */
  uint32_t lowers;
  int fds[LIMIT_LOWERS + 3];
};

#define cleanup_layers __attribute__((cleanup(close_layers)))

static void close_layers(struct layers *layers) {
  for (uint32_t i = 0; i < layers->count; i++) {
    close_and_forget(&layers->fds[i]);
  }
}

static bool try_descriptor(void) {
  cleanup_fd int fs = kernel_fsopen("overlay", FSOPEN_CLOEXEC);
  cleanup_fd int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fs >= 0 && dir >= 0 && kernel_fsconfig(fs, FSCONFIG_SET_FD, "lowerdir+", NULL, dir) == 0;
}

/* Before 6.5 the overlay's context takes every word, and the mount fails later. */
static bool try_path(void) {
  cleanup_fd int fs = kernel_fsopen("overlay", FSOPEN_CLOEXEC);
  return fs >= 0 && kernel_fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", "/", 0) == 0 &&
         kernel_fsconfig(fs, FSCONFIG_SET_FLAG, "no-such-option", NULL, 0) < 0;
}

static enum layer_style find_style(void) {
#ifdef STEPBOX_OVERLAY_STYLE
  return STEPBOX_OVERLAY_STYLE; /* tests of what older kernels need */
#else
  static int known = -1;
  if (known < 0) {
    known = try_descriptor() ? BY_DESCRIPTOR : try_path() ? BY_PATH : BY_STRING;
  }
  return (enum layer_style)known;
#endif
}

bool overlay_takes_descriptors(void) {
  return find_style() == BY_DESCRIPTOR;
}

/* The kernel's own words about a refused mount are in the context, one message per read. */
static int fail_with_log(int fs, struct failure *why, const char *operation, const char *object) {
  fail(why, operation, object);
  char line[sizeof why->text];
  ssize_t length;
  while ((length = read(fs, line, sizeof line - 1)) > 0) {
    line[length] = 0;
    line[strcspn(line, "\n")] = 0;
    snprintf(why->text, sizeof why->text, "%s", line);
  }
  return -1;
}

static int open_layers(const struct places *places, const struct mount_step *step,
                       struct layers *layers, struct failure *why) {
  for (uint32_t i = 0; i < step->lowers.count; i++) {
    int fd = place_open(places, IN_STORE | IN_HOST, step->lowers.items[i], O_PATH | O_DIRECTORY, why);
    if (fd < 0) {
      return -1;
    }
    layers->fds[layers->count++] = fd;
  }
  if (step->lowers.count == 1 && step->upper[0] == 0) {
    /* The kernel wants at least two layers. Not a plain bind: it would show the layer's whiteouts. */
    layers->fds[layers->count] = open(WORLD_EMPTY, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (layers->fds[layers->count] < 0) {
      return fail(why, "open", WORLD_EMPTY);
    }
    layers->count++;
  }
  layers->lowers = layers->count;
  const char *writable[] = {step->upper, step->work};
  for (size_t i = 0; i < COUNT_OF(writable) && step->upper[0] != 0; i++) {
    int fd = place_open(places, IN_STORE, writable[i], O_PATH | O_DIRECTORY, why);
    if (fd < 0) {
      return -1;
    }
    layers->fds[layers->count++] = fd;
  }
  return 0;
}

static const char *layer_key(const struct layers *layers, uint32_t i) {
  return i < layers->lowers ? "lowerdir+" : i == layers->lowers ? "upperdir" : "workdir";
}

static const char *layer_path(const struct mount_step *step, uint32_t i) {
  uint32_t lowers = step->lowers.count;
  return i < lowers               ? step->lowers.items[i]
         : step->upper[0] == 0 ? WORLD_EMPTY
         : i == lowers         ? step->upper
                               : step->work;
}

static int set_layers(int fs, const struct mount_step *step, const struct layers *layers,
                      struct failure *why) {
  for (uint32_t i = 0; i < layers->count; i++) {
    const char *key = layer_key(layers, i);
    char path[FD_PATH];
    snprintf(path, sizeof path, "/proc/self/fd/%d", layers->fds[i]);
    int result = find_style() == BY_DESCRIPTOR
                     ? kernel_fsconfig(fs, FSCONFIG_SET_FD, key, NULL, layers->fds[i])
                     : kernel_fsconfig(fs, FSCONFIG_SET_STRING, key, path, 0);
    if (result < 0) {
      return fail_with_log(fs, why, "overlay-layer", layer_path(step, i));
    }
  }
  return 0;
}

static bool is_volatile(const struct mount_step *step) {
  return step->upper[0] != 0 && (step->flags & MOUNT_VOLATILE) != 0;
}

static int make_by_context(const struct mount_step *step, const struct layers *layers,
                           unsigned attributes, struct failure *why) {
  cleanup_fd int fs = kernel_fsopen("overlay", FSOPEN_CLOEXEC);
  if (fs < 0) {
    return fail(why, "fsopen", "overlay");
  }
  if (kernel_fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0 ||
      kernel_fsconfig(fs, FSCONFIG_SET_STRING, "source", "stepbox", 0) < 0 ||
      (is_volatile(step) && kernel_fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0) < 0)) {
    return fail_with_log(fs, why, "overlay-options", step->target);
  }
  if (set_layers(fs, step, layers, why) < 0) {
    return -1;
  }
  if (kernel_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
    return fail_with_log(fs, why, "mount-overlay", step->target);
  }
  int mount = kernel_fsmount(fs, FSMOUNT_CLOEXEC, attributes);
  return mount < 0 ? fail(why, "fsmount", step->target) : mount;
}

static int join_options(const struct mount_step *step, const struct layers *layers, char *options) {
  int used = snprintf(options, OPTIONS_MAX, "userxattr%s", is_volatile(step) ? ",volatile" : "");
  for (uint32_t i = 0; i < layers->count && used < OPTIONS_MAX; i++) {
    const char *before = i == 0                 ? ",lowerdir="
                         : i < layers->lowers  ? ":"
                         : i == layers->lowers ? ",upperdir="
                                               : ",workdir=";
    used += snprintf(options + used, (size_t)(OPTIONS_MAX - used), "%s/proc/self/fd/%d", before,
                     layers->fds[i]);
  }
  return used < OPTIONS_MAX ? 0 : -1;
}

/* Before 6.8 many lowers fit only into mount(2), which attaches at once: over `place` for a moment (there is
 * one thread, nobody looks), until a detached clone of it is taken. */
static int make_by_string(const struct mount_step *step, const struct layers *layers,
                          const char *place, unsigned attributes, struct failure *why) {
  char options[OPTIONS_MAX];
  if (join_options(step, layers, options) < 0) {
    return fail_with(why, E2BIG, "mount-overlay", step->target,
                     "%u layers do not fit into a page; Linux 6.8 takes up to %d", layers->lowers,
                     LIMIT_LOWERS);
  }
  if (syscall(SYS_mount, "stepbox", place, "overlay", 0, options) < 0) {
    return fail(why, "mount-overlay", step->target);
  }
  cleanup_fd int tree = kernel_open_tree(AT_FDCWD, place, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  struct mount_attr wanted = {.attr_set = attributes};
  bool is_made = tree >= 0 && kernel_mount_setattr(tree, "", AT_EMPTY_PATH, &wanted) == 0;
  if (!is_made) {
    fail(why, "clone-overlay", step->target);
  }
  if (kernel_umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 || !is_made) {
    return is_made ? fail(why, "umount", place) : -1;
  }
  return steal_fd(&tree);
}

int overlay_make(const struct places *places, const struct mount_step *step, unsigned attributes,
                 struct failure *why) {
  cleanup_layers struct layers layers = {0};
  if (open_layers(places, step, &layers, why) < 0) {
    return -1;
  }
  /* A probe has the host's directories around it, and a mount namespace of its own. */
  const char *place = places->roots >= 0 ? "/roots" : "/proc";
  return find_style() == BY_STRING ? make_by_string(step, &layers, place, attributes, why)
                                   : make_by_context(step, &layers, attributes, why);
}
