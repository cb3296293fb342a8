/* Landlock is the second wall around files, after the root and the owners, and the only one before abstract
 * sockets. The filter takes away what namespaces of one's own would have made harmless. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "protocol.h"

/* The same for every architecture; older headers lack it. */
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* Numbers of the interface that older headers lack. */
enum {
  ABI_REFER = 2,
  ABI_TRUNCATE = 3,
  ABI_IOCTL = 5,
  ABI_SCOPE = 6,
  SCOPE_ABSTRACT_SOCKETS = 1 << 0,
  SCOPE_SIGNALS = 1 << 1,
};

static const uint64_t reading = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t all_of_first = (1ULL << 13) - 1;
static const uint64_t refer = 1ULL << 13, truncating = 1ULL << 14, device_ioctl = 1ULL << 15;

struct ruleset_attributes {
  uint64_t files;
  uint64_t network;
  uint64_t scoped;
};

/* As far as the owners of files let them. */
static const char *const writable[] = {"/workspace", "/tmp", "/var/tmp", "/dev/shm", "/run"};

static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"};

long confine_landlock(void) {
  return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t handled_by(long abi) {
  return all_of_first | (abi >= ABI_REFER ? refer : 0) | (abi >= ABI_TRUNCATE ? truncating : 0) |
         (abi >= ABI_IOCTL ? device_ioctl : 0);
}

/* What is not there needs no rule. */
static int allow(int rules, const char *path, uint64_t access, struct failure *why) {
  cleanup_fd int place = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (place < 0) {
    return 0;
  }
  struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = place};
  return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
             ? fail(why, "landlock_add_rule", path)
             : 0;
}

/* Home, and what stands for caches. */
static int allow_own(int rules, const struct run_request *run, uint64_t access, struct failure *why) {
  for (uint32_t i = 0; i < run->environment.count; i++) {
    const char *item = run->environment.items[i];
    if (strncmp(item, "HOME=/", 6) == 0 && item[6] != 0 && allow(rules, item + 5, access, why) < 0) {
      return -1;
    }
  }
  for (uint32_t i = 0; i < run->mounts.count; i++) {
    const struct mount_step *mount = &run->mounts.steps[i];
    char path[4096];
    if (mount->kind == MOUNT_BIND && (mount->flags & MOUNT_READ_ONLY) == 0 &&
        snprintf(path, sizeof path, "/%s", mount->target) < (int)sizeof path &&
        allow(rules, path, access, why) < 0) {
      return -1;
    }
  }
  return 0;
}

static int make_rules(int rules, const struct run_request *run, uint64_t handled,
                      struct failure *why) {
  uint64_t writing = handled & ~device_ioctl;
  uint64_t device = handled & (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                               truncating | device_ioctl);
  if (allow(rules, "/", reading, why) < 0) {
    return -1;
  }
  for (size_t i = 0; i < COUNT_OF(writable); i++) {
    if (allow(rules, writable[i], writing, why) < 0) {
      return -1;
    }
  }
  for (size_t i = 0; i < COUNT_OF(devices); i++) {
    if (allow(rules, devices[i], device, why) < 0) {
      return -1;
    }
  }
  return allow_own(rules, run, writing, why);
}

static int restrict_files(const struct run_request *run, struct failure *why) {
  long abi = confine_landlock();
  if (abi < 1) {
    return fail(why, "landlock", "this kernel");
  }
  uint64_t handled = handled_by(abi);
  struct ruleset_attributes attributes = {
      .files = handled,
      .scoped = abi >= ABI_SCOPE ? SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS : 0};
  size_t size = abi >= ABI_SCOPE ? sizeof attributes : sizeof attributes.files;
  cleanup_fd int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  if (rules < 0) {
    return fail(why, "landlock_create_ruleset", "payload");
  }
  if (make_rules(rules, run, handled, why) < 0) {
    return -1;
  }
  return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? fail(why, "landlock_restrict_self", "")
                                                           : 0;
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define IF_IS(value, skip_else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip_else))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define REFUSE(call, error) IF_IS(SYS_##call, 1), RETURN(SECCOMP_RET_ERRNO | (error))

/* The profile of the step, which comes on top, refuses foreign architectures. What is refused here outlives a
 * step (System V objects, message queues), is memory that no process shows, or leads out of the container. */
static int filter_calls(bool has_network, bool has_sockets, struct failure *why) {
  uint32_t outward = has_network ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EACCES;
  uint32_t local = has_sockets ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EACCES;
  struct sock_filter filter[] = {
      LOAD(nr),
      REFUSE(shmget, ENOSYS),
      REFUSE(semget, ENOSYS),
      REFUSE(msgget, ENOSYS),
      REFUSE(mq_open, ENOSYS),
      REFUSE(memfd_create, ENOSYS),
      REFUSE(memfd_secret, ENOSYS),
      IF_IS(SYS_socket, 4),
      LOAD_ARGUMENT(0),
      IF_IS(AF_UNIX, 1),
      RETURN(local),
      RETURN(outward),
      RETURN(SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = COUNT_OF(filter), .filter = filter};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0
             ? fail(why, "seccomp", "of a chroot")
             : 0;
}

int confine(const struct run_request *run, struct failure *why) {
  bool has_network = run->network == NETWORK_HOST;
  bool has_sockets = has_network || confine_landlock() >= ABI_SCOPE;
  return restrict_files(run, why) < 0 ? -1 : filter_calls(has_network, has_sockets, why);
}
