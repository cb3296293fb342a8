/* Roots are mounted once and given to many steps as recursive clones. */
#include "roots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "chroots.h"
#include "cleanup.h"
#include "client.h"
#include "kernel.h"
#include "machine.h"
#include "protocol.h"
#include "step_ids.h"

struct root_path {
  char text[32];
};

static struct root_path path_of(uint32_t id) {
  struct root_path path;
  snprintf(path.text, sizeof path.text, "/roots/%u", id);
  return path;
}

struct root *root_find(struct supervisor *supervisor, uint32_t id) {
  struct root *root = supervisor->roots;
  while (root != NULL && root->id != id) {
    root = root->next;
  }
  return root == NULL || root->is_leaving ? NULL : root;
}

static int do_operation(struct supervisor *supervisor, int root, const struct mount_step *step,
                        struct failure *why) {
  cleanup_fd int source = -1;
  if (mount_has_source(step)) {
    source = mount_source(&supervisor->places, step, why);
    if (source < 0) {
      return -1;
    }
  }
  step_ids_make_files(supervisor->options->step_zero);
  int result = mount_place(root, step, source, why);
  step_ids_make_files(0);
  return result;
}

static int mount_all(struct supervisor *supervisor, const char *path, const struct mount_list *mounts,
                     struct failure *why) {
  if (mounts->count == 0 || mounts->steps[0].target[0] != 0 || mounts->steps[0].kind > MOUNT_BIND) {
    return fail_with(why, EINVAL, "mount-root", path, "the first operation must mount the root");
  }
  if (mkdir(path, 0755) < 0) {
    return fail(why, "mount-root", path);
  }
  for (uint32_t i = 0; i < mounts->count; i++) {
    /* Opened anew after the first one: what was mounted there is on top now. */
    cleanup_fd int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
      return fail(why, "mount-root", path);
    }
    if (do_operation(supervisor, root, &mounts->steps[i], why) < 0) {
      return -1;
    }
  }
  return 0;
}

/* EINVAL: nothing was mounted there yet. */
static void unmount(const char *path) {
  if (kernel_umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT) {
    return; /* stays until the namespace goes; the directory below cannot be removed either */
  }
  rmdir(path);
}

uint32_t root_mount(struct supervisor *supervisor, uint32_t id, const struct mount_list *mounts,
                    struct failure *why) {
  struct root_path path = path_of(id);
  unsigned count = 0;
  for (struct root *other = supervisor->roots; other != NULL; other = other->next) {
    count++;
    if (other->id == id) {
      fail_with(why, EEXIST, "mount-root", path.text, "is in use");
      return ERROR_EXISTS;
    }
  }
  struct root *root = calloc(1, sizeof *root);
  if (root == NULL || count >= LIMIT_ROOTS) {
    free(root);
    fail_with(why, ENOSPC, "mount-root", path.text, "at most %d roots", LIMIT_ROOTS);
    return ERROR_LIMIT;
  }
  if (supervisor->options->chroots != NULL) {
    root->chroot = chroot_make(supervisor, id, mounts, why);
    if (root->chroot == NULL) {
      free(root);
      return ERROR_FAILED;
    }
  } else if (mount_all(supervisor, path.text, mounts, why) < 0) {
    unmount(path.text);
    free(root);
    return ERROR_FAILED;
  }
  root->id = id;
  root->next = supervisor->roots;
  supervisor->roots = root;
  return 0;
}

static void drop(struct supervisor *supervisor, struct root *root) {
  struct failure why = {0};
  int result = 0;
  if (root->chroot != NULL) {
    result = chroot_end(supervisor, root->id, root->chroot, &why);
  } else {
    unmount(path_of(root->id).text);
  }
  for (struct root **at = &supervisor->roots; *at != NULL; at = &(*at)->next) {
    if (*at == root) {
      *at = root->next;
      break;
    }
  }
  if (root->unmount_request != 0 && result < 0) {
    client_send_error(supervisor, root->unmount_request, ERROR_FAILED, &why);
  } else if (root->unmount_request != 0) {
    client_send_empty(supervisor, REQUEST_UNMOUNT_ROOT, root->unmount_request);
  }
  free(root);
}

uint32_t root_unmount(struct supervisor *supervisor, uint32_t id, uint32_t request,
                      struct failure *why) {
  struct root *root = root_find(supervisor, id);
  if (root == NULL) {
    fail_with(why, ENOENT, "unmount-root", path_of(id).text, "no such root");
    return ERROR_NOT_FOUND;
  }
  root->is_leaving = true;
  root->unmount_request = request;
  if (root->machine != NULL) {
    machine_dismiss(root->machine);
  } else if (root->users == 0) {
    drop(supervisor, root);
  }
  return 0;
}

void root_release(struct supervisor *supervisor, struct root *root) {
  root->users--;
  if (root->users == 0 && root->is_leaving) {
    drop(supervisor, root);
  }
}

void roots_forget_requests(struct supervisor *supervisor) {
  for (struct root *root = supervisor->roots; root != NULL; root = root->next) {
    root->unmount_request = 0;
    if (root->machine != NULL) {
      root->machine->start_request = 0;
    }
  }
}

void roots_unmount_all(struct supervisor *supervisor) {
  while (supervisor->roots != NULL) {
    drop(supervisor, supervisor->roots);
  }
}
