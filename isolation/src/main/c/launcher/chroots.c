/* Making and ending the roots of stages without mounts. */
#include "chroots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chroot_parts.h"
#include "cleanup.h"
#include "lay.h"
#include "paths.h"
#include "protocol.h"
#include "roots.h"
#include "step_ids.h"
#include "step_user.h"
#include "tree.h"
#include "walk.h"
#include "written.h"

static const char workspace[] = "workspace";

/* A copy that is being made; no root has this name. */
#define UNFINISHED "of-unfinished"

struct number {
  char text[16];
};

static struct number number_of(uint32_t id) {
  struct number number;
  snprintf(number.text, sizeof number.text, "%u", id);
  return number;
}

int chroots_open(struct supervisor *supervisor, struct failure *why) {
  const char *name;
  const char *path = supervisor->options->chroots;
  cleanup_fd int parent = place_open_parent(&supervisor->places, IN_STORE, path, &name, why);
  if (parent < 0) {
    return -1;
  }
  if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST) {
    return fail(why, "mount-root", path);
  }
  supervisor->places.roots = beneath_open(parent, name, O_RDONLY | O_DIRECTORY, 0);
  return supervisor->places.roots < 0 ? fail(why, "mount-root", path) : 0;
}

static int remove_tree(int parent, const char *name, struct failure *why) {
  uint64_t count = 0;
  cleanup_fd int tree = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0) {
    return errno == ENOENT ? 0 : fail(why, "unmount-root", name);
  }
  return tree_clear(tree, &count, why) < 0 || unlinkat(parent, name, AT_REMOVEDIR) < 0
             ? fail(why, "unmount-root", name)
             : 0;
}

static int copy_of_machine(struct supervisor *supervisor, const char *path, const char *name,
                           struct failure *why) {
  int roots = supervisor->places.roots;
  cleanup_fd int source =
      place_open(&supervisor->places, IN_HOST, path, O_RDONLY | O_DIRECTORY, why);
  if (source < 0) {
    return -1;
  }
  /* Under another name until it is whole: the supervisor may die. */
  if (remove_tree(roots, UNFINISHED, why) < 0) {
    return -1;
  }
  if (mkdirat(roots, UNFINISHED, 0755) < 0) {
    return fail(why, "copy-machine", path);
  }
  cleanup_fd int copy = beneath_open(roots, UNFINISHED, O_RDONLY | O_DIRECTORY, 0);
  struct lay lay = {.how = LAY_READ, .skipped = supervisor->places.store};
  struct failure ignored;
  if (copy < 0 || lay_tree(&lay, source, copy, why) < 0) {
    remove_tree(roots, UNFINISHED, &ignored);
    return copy < 0 ? fail(why, "copy-machine", path) : -1;
  }
  return renameat(roots, UNFINISHED, roots, name) < 0 ? fail(why, "copy-machine", path)
                                                      : steal_fd(&copy);
}

/* A layer in the store. Of the machine's own directories there is one copy for all roots of the build. */
static int open_layer(struct supervisor *supervisor, const char *path, struct failure *why) {
  if (strncmp(path, "/host/", 6) != 0) {
    return place_open(&supervisor->places, IN_STORE, path, O_RDONLY | O_DIRECTORY, why);
  }
  char name[256];
  if (snprintf(name, sizeof name, "of%s", path) >= (int)sizeof name) {
    return fail_with(why, ENAMETOOLONG, "copy-machine", path, "is too long");
  }
  for (char *at = name; *at != 0; at++) {
    *at = *at == '/' ? '\1' : *at;
  }
  int copy = beneath_open(supervisor->places.roots, name, O_RDONLY | O_DIRECTORY, 0);
  return copy >= 0 ? copy : copy_of_machine(supervisor, path, name, why);
}

static int lay_lowers(struct supervisor *supervisor, const struct mount_step *step,
                      const struct lay *lay, int target, struct failure *why) {
  for (uint32_t i = step->lowers.count; i-- > 0;) {
    cleanup_fd int layer = open_layer(supervisor, step->lowers.items[i], why);
    if (layer < 0 || lay_tree(lay, layer, target, why) < 0) {
      return -1;
    }
  }
  return 0;
}

static int lay_workspace(struct supervisor *supervisor, struct chroot *chroot,
                         const struct mount_step *step, int target, struct failure *why) {
  struct lay lay = {.how = LAY_COPY, .owner = chroot->user, .skipped = -1};
  if (lay_lowers(supervisor, step, &lay, target, why) < 0) {
    return -1;
  }
  if (step->upper[0] == 0) {
    return 0;
  }
  chroot->upper = strdup(step->upper);
  chroot->notes = openat(supervisor->places.roots, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (chroot->upper == NULL || chroot->notes < 0) {
    return fail(why, "mount-root", "notes of the workspace");
  }
  if (written_note(target, chroot->notes, why) < 0 || written_settle(target, why) < 0) {
    return -1;
  }
  /* What a supervisor that died had collected. */
  cleanup_fd int upper =
      place_open(&supervisor->places, IN_STORE, step->upper, O_RDONLY | O_DIRECTORY, why);
  return upper < 0 ? -1 : lay_tree(&lay, upper, target, why);
}

static int do_step(struct supervisor *supervisor, struct chroot *chroot, int root,
                   const struct mount_step *step, struct failure *why) {
  if (step->kind == MOUNT_BIND) {
    return fail_with(why, EOPNOTSUPP, "mount-root", step->target,
                     "in a chroot a step has no image of its own");
  }
  if (step->kind != MOUNT_OVERLAY) {
    return mount_place(root, step, -1, why);
  }
  if (beneath_make_directories(root, step->target) < 0) {
    return fail(why, "mount-root", step->target);
  }
  cleanup_fd int target = beneath_open(root, step->target, O_RDONLY | O_DIRECTORY, 0);
  if (target < 0) {
    return fail(why, "mount-root", step->target);
  }
  if (strcmp(step->target, workspace) == 0) {
    return lay_workspace(supervisor, chroot, step, target, why);
  }
  struct lay lay = {.how = LAY_LINK, .skipped = -1};
  return lay_lowers(supervisor, step, &lay, target, why);
}

static int make(struct supervisor *supervisor, struct chroot *chroot, const char *name,
                const struct mount_list *mounts, struct failure *why) {
  int roots = supervisor->places.roots;
  /* A supervisor that died has left its own. */
  if (remove_tree(roots, name, why) < 0) {
    return -1;
  }
  if (mkdirat(roots, name, 0755) < 0) {
    return fail(why, "mount-root", name);
  }
  cleanup_fd int root = beneath_open(roots, name, O_RDONLY | O_DIRECTORY, 0);
  if (root < 0) {
    return fail(why, "mount-root", name);
  }
  for (uint32_t i = 0; i < mounts->count; i++) {
    if (do_step(supervisor, chroot, root, &mounts->steps[i], why) < 0) {
      return -1;
    }
  }
  return chroot_complete(root, chroot->user, why);
}

static void forget(struct chroot *chroot) {
  close_and_forget(&chroot->claim);
  close_and_forget(&chroot->notes);
  free(chroot->upper);
  free(chroot);
}

struct chroot *chroot_make(struct supervisor *supervisor, uint32_t id,
                           const struct mount_list *mounts, struct failure *why) {
  struct number number = number_of(id);
  struct failure ignored;
  struct chroot *chroot = calloc(1, sizeof *chroot);
  if (chroot == NULL) {
    fail(why, "mount-root", number.text);
    return NULL;
  }
  chroot->claim = -1;
  chroot->notes = -1;
  if (step_user_claim(supervisor->options, &chroot->user, &chroot->claim, why) < 0 ||
      make(supervisor, chroot, number.text, mounts, why) < 0) {
    remove_tree(supervisor->places.roots, number.text, &ignored);
    forget(chroot);
    return NULL;
  }
  return chroot;
}

int chroot_collect(struct supervisor *supervisor, uint32_t id, struct chroot *chroot,
                   struct failure *why) {
  char path[48];
  if (!chroot->is_dirty || chroot->upper == NULL) {
    return 0;
  }
  snprintf(path, sizeof path, "%u/workspace", id);
  cleanup_fd int tree = beneath_open(supervisor->places.roots, path, O_RDONLY | O_DIRECTORY, 0);
  cleanup_fd int upper =
      place_open(&supervisor->places, IN_STORE, chroot->upper, O_RDONLY | O_DIRECTORY, why);
  if (tree < 0 || upper < 0) {
    return tree < 0 ? fail(why, "collect", path) : -1;
  }
  if (written_collect(tree, chroot->notes, upper, why) < 0) {
    return -1;
  }
  chroot->is_dirty = false;
  return 0;
}

int chroots_collect(struct supervisor *supervisor, struct failure *why) {
  for (struct root *root = supervisor->roots; root != NULL; root = root->next) {
    if (root->chroot != NULL && root->users == 0 &&
        chroot_collect(supervisor, root->id, root->chroot, why) < 0) {
      return -1;
    }
  }
  return 0;
}

struct giving {
  uint32_t from;
  uint32_t to;
};

static int give(void *owner, const struct walk_entry *entry, struct failure *why) {
  const struct giving *giving = owner;
  return entry->status->st_uid == giving->from &&
                 fchownat(entry->parent, entry->name, giving->to, giving->to, AT_SYMLINK_NOFOLLOW) < 0
             ? fail(why, "collect", entry->name)
             : 0;
}

/* In the store, a file belongs to an id that every later build has. */
static int give_away(struct supervisor *supervisor, const struct chroot *chroot,
                     struct failure *why) {
  uint32_t zero = supervisor->options->step_zero;
  struct giving giving = {.from = chroot->user, .to = zero};
  struct walk_visitor visitor = {.owner = &giving, .entry = give};
  if (chroot->upper == NULL) {
    return 0;
  }
  cleanup_fd int upper =
      place_open(&supervisor->places, IN_STORE, chroot->upper, O_RDONLY | O_DIRECTORY, why);
  if (upper < 0) {
    return -1;
  }
  return fchown(upper, zero, zero) < 0 ? fail(why, "collect", chroot->upper)
                                       : walk_tree(upper, &visitor, why);
}

int chroot_end(struct supervisor *supervisor, uint32_t id, struct chroot *chroot,
               struct failure *why) {
  struct number number = number_of(id);
  struct failure ignored;
  int result = chroot_collect(supervisor, id, chroot, why) < 0 ||
                       give_away(supervisor, chroot, why) < 0
                   ? -1
                   : 0;
  int removal =
      remove_tree(supervisor->places.roots, number.text, result < 0 ? &ignored : why);
  forget(chroot);
  return result < 0 ? result : removal;
}
