/* The beginning of machines. */
#include "machine_boot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kernel.h"
#include "kvm.h"
#include "machine_start.h"
#include "network.h"
#include "protocol.h"

enum {
  ACCELERATED_BOOT_S = 15, /* after which a machine is taken for one that KVM cannot run */
  PROCESSORS_MAX = 64,
};

static bool read_request(struct reader *in, struct machine_request *request) {
  request->root = read_u32(in);
  request->kernel = read_string(in);
  request->initial = read_string(in);
  request->processors = read_u32(in);
  request->memory = read_u64(in);
  request->network = read_u32(in);
  request->boot_timeout = read_u64(in);
  read_cgroup_files(in, &request->cgroup_writes, true);
  return read_end(in);
}

struct share_path {
  char text[32];
};

static struct share_path share_of(const struct root *root) {
  struct share_path path;
  snprintf(path.text, sizeof path.text, "/roots/m%u", root->id);
  return path;
}

static void unmount_share(const struct root *root) {
  struct share_path path = share_of(root);
  if (kernel_umount2(path.text, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL &&
      errno != ENOENT) {
    return; /* stays until the namespace goes */
  }
  rmdir(path.text);
}

static void on_boot_timeout(struct timer *timer) {
  struct machine *machine = timer->owner;
  struct failure why;
  if (machine->is_accelerated) {
    kill(machine->keeper, SIGKILL); /* it begins again when it is reaped */
    return;
  }
  char words[250];
  machine_last_words(machine, words, sizeof words);
  fail_with(&why, ETIMEDOUT, "machine-boot", "virtual machine", "did not come up in time%s%s",
            words[0] == 0 ? "" : "; it said: ", words);
  machine_fail(machine, &why);
}

/* A small file system that holds the root, and to which sources are added later. Returns it detached: it
 * is put together where it can be seen only because mounts cannot be put into a detached one. */
static int make_share(struct machine *machine, struct failure *why) {
  static const char *const options[] = {"mode", "0755", "size", "1m", NULL};
  struct share_path path = share_of(machine->root);
  char root[16];
  snprintf(root, sizeof root, "%u", machine->root->id);
  cleanup_fd int share = make_filesystem("tmpfs", options, MOUNT_ATTR_NODEV, why);
  if (share < 0) {
    return -1;
  }
  if (mkdirat(share, "root", 0755) < 0 || mkdirat(share, "store", 0755) < 0 ||
      mkdir(path.text, 0755) < 0) {
    return fail(why, "machine-share", path.text);
  }
  cleanup_fd int place = open(path.text, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (place < 0 || attach(share, place) < 0) {
    return fail(why, "machine-share", path.text);
  }
  cleanup_fd int tree = clone_tree(machine->supervisor->places.roots, root, 0, why);
  cleanup_fd int target = beneath_open(share, "root", O_PATH | O_DIRECTORY, 0);
  if (tree < 0) {
    return -1;
  }
  if (target < 0 || attach(tree, target) < 0) {
    return fail(why, "machine-share", "root");
  }
  int detached = clone_tree(share, "", 0, why);
  unmount_share(machine->root);
  return detached;
}

static int check(const struct supervisor *supervisor, const struct machine_request *request,
                 struct failure *why) {
  if (supervisor->options->emulator == NULL || supervisor->options->file_server == NULL) {
    return fail_with(why, EINVAL, "machine", "--emulator", "and --file-server were not given");
  }
  if (request->processors == 0 || request->processors > PROCESSORS_MAX ||
      request->memory < 64ULL << 20 || request->network > NETWORK_BUILD) {
    return fail_with(why, EINVAL, "machine", "request",
                     "1 to %d processors, 64 MiB or more, network 0 or 1", PROCESSORS_MAX);
  }
  return 0;
}

/* A detached mount of a file of the store. */
static int detach_file(const struct supervisor *supervisor, const char *path, struct failure *why) {
  cleanup_fd int file = place_open(&supervisor->places, IN_STORE, path, O_PATH, why);
  return file < 0 ? -1
                  : clone_tree(file, "", MOUNT_READ_ONLY | MOUNT_NOSUID | MOUNT_NODEV, why);
}

static int spawn(struct machine *machine, struct failure *why) {
  struct supervisor *supervisor = machine->supervisor;
  const struct machine_request *request = &machine->request;
  int channel[2], words[2], control[2];
  if (request->network == NETWORK_BUILD && supervisor->network < 0) {
    supervisor->network = network_make(NULL, why);
    if (supervisor->network < 0) {
      return -1;
    }
  }
  cleanup_fd int kernel = detach_file(supervisor, request->kernel, why);
  cleanup_fd int initial = kernel < 0 ? -1 : detach_file(supervisor, request->initial, why);
  cleanup_fd int share = initial < 0 ? -1 : make_share(machine, why);
  if (share < 0) {
    return -1;
  }
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0) {
    return fail(why, "machine", "socketpair");
  }
  machine->channel = (struct watch){.fd = channel[0], .ready = machine_on_channel, .owner = machine};
  cleanup_fd int their_channel = channel[1];
  if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0) {
    return fail(why, "machine", "pipe");
  }
  machine->words = (struct watch){.fd = words[0], .ready = machine_hear, .owner = machine};
  cleanup_fd int their_words = words[1];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0) {
    return fail(why, "machine", "socketpair");
  }
  machine->control = control[0];
  cleanup_fd int their_control = control[1];
  if (supervisor->cgroups.version != CGROUP_NONE && machine->cgroup == 0) {
    machine->cgroup = ++supervisor->cgroups.last;
    if (cgroup_make(&supervisor->cgroups, machine->cgroup, why) < 0 ||
        cgroup_write(&supervisor->cgroups, machine->cgroup, &request->cgroup_writes, why) < 0) {
      return -1;
    }
  }
  struct machine_plan plan = {.supervisor = supervisor,
                              .request = request,
                              .is_accelerated = machine->is_accelerated,
                              .share = share,
                              .kernel = kernel,
                              .initial = initial,
                              .channel = their_channel,
                              .control = their_control,
                              .words = their_words};
  machine->keeper = machine_spawn(&plan, machine->cgroup, why);
  if (machine->keeper < 0) {
    machine->keeper = 0;
    return -1;
  }
  return loop_add(&supervisor->loop, &machine->channel, EPOLLIN) < 0 ||
                 loop_add(&supervisor->loop, &machine->words, EPOLLIN) < 0
             ? fail(why, "machine", "epoll")
             : 0;
}

static void boot(struct machine *machine) {
  uint64_t time = machine->is_accelerated ? ACCELERATED_BOOT_S * SECOND_NS
                                          : machine->request.boot_timeout * MILLISECOND_NS;
  machine->boot = (struct timer){.fire = on_boot_timeout, .owner = machine};
  loop_start(&machine->supervisor->loop, &machine->boot, monotonic_now() + time);
  machine_greet(machine);
}

int machine_begin_again(struct machine *machine) {
  struct supervisor *supervisor = machine->supervisor;
  struct failure why;
  supervisor->kvm = KVM_ABSENT;
  machine->is_accelerated = false;
  loop_stop(&supervisor->loop, &machine->boot);
  loop_close(&supervisor->loop, &machine->channel);
  loop_close(&supervisor->loop, &machine->words);
  close_and_forget(&machine->control);
  close_and_forget(&machine->mounts);
  buffer_consume(&machine->in, buffer_length(&machine->in));
  buffer_consume(&machine->out, buffer_length(&machine->out));
  machine->is_waiting_to_write = false;
  machine->said_length = 0;
  if (spawn(machine, &why) < 0) {
    return -1;
  }
  boot(machine);
  machine_answer(machine);
  return 0;
}

/* What could not be started leaves nothing but, perhaps, a process that is about to be reaped. */
static void give_up(struct machine *machine, const struct failure *why) {
  struct root *root = machine->root;
  machine_fail(machine, why);
  if (machine->keeper == 0) {
    root->machine = NULL;
    machine->root = NULL;
    unmount_share(root); /* EINVAL, most often: it is gone */
    root_release(machine->supervisor, root);
    machine_bury(machine);
  }
}

static struct machine *make(struct supervisor *supervisor, const struct reader *body) {
  struct machine *machine = calloc(1, sizeof *machine);
  size_t length = (size_t)(body->end - body->at);
  if (machine == NULL || (machine->body = malloc(length + 1)) == NULL) {
    free(machine);
    return NULL;
  }
  memcpy(machine->body, body->at, length);
  struct reader in = {
      .at = machine->body, .end = machine->body + length, .arena = &machine->arena};
  read_request(&in, &machine->request); /* it was read before */
  machine->supervisor = supervisor;
  machine->changes_seen = supervisor->changes; /* it knows nothing yet */
  machine->channel.fd = machine->words.fd = machine->control = machine->mounts = -1;
  return machine;
}

uint32_t machine_start(struct supervisor *supervisor, uint32_t id, const struct reader *body,
                       struct failure *why) {
  struct reader in = *body;
  struct machine_request request;
  if (!read_request(&in, &request)) {
    fail_with(why, EPROTO, "machine", "request", "is malformed");
    return ERROR_PROTOCOL;
  }
  struct root *root = root_find(supervisor, request.root);
  if (root == NULL || root->machine != NULL) {
    fail_with(why, root == NULL ? ENOENT : EEXIST, "machine", "root",
              root == NULL ? "is not mounted" : "has a machine");
    return root == NULL ? ERROR_NOT_FOUND : ERROR_EXISTS;
  }
  if (check(supervisor, &request, why) < 0) {
    return ERROR_INVALID;
  }
  struct machine *machine = make(supervisor, body);
  if (machine == NULL) {
    fail_with(why, ENOMEM, "machine", "virtual machine", "no memory");
    return ERROR_LIMIT;
  }
  machine->root = root;
  machine->is_accelerated = kvm_works(supervisor);
  root->users++;
  root->machine = machine;
  machine->next = supervisor->machines;
  supervisor->machines = machine;
  if (spawn(machine, why) < 0) {
    give_up(machine, why);
    return ERROR_FAILED;
  }
  boot(machine);
  machine->start_request = id;
  if (!machine->is_accelerated) {
    machine_answer(machine); /* else when it is up: KVM may not carry what the trial does not show */
  }
  return 0;
}
