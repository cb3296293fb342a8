/* Probes: each tries one thing that a sandbox needs, in a child of its own, in a user namespace like that
 * of a build. */
#include "probe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "cgroups.h"
#include "cleanup.h"
#include "confine.h"
#include "kernel.h"
#include "kvm.h"
#include "mounts.h"
#include "network.h"
#include "overlay.h"
#include "probe_overlay.h"
#include "privileges.h"
#include "seccomp.h"
#include "start.h"
#include "status.h"
#include "step_ids.h"

enum outcome { OUTCOME_YES, OUTCOME_NO, OUTCOME_SKIPPED };

static void tell(const char *name, enum outcome outcome, const struct failure *why) {
  static const char *const words[] = {"yes", "no", "skipped"};
  char number[16], text[sizeof *why] = "";
  snprintf(number, sizeof number, "%d", outcome == OUTCOME_NO ? why->error : 0);
  if (outcome == OUTCOME_NO) {
    snprintf(text, sizeof text, "%s %s %s", why->operation, why->object, why->text);
  } else {
    snprintf(text, sizeof text, "%s", why->text);
  }
  status_line(STDOUT_FILENO, "probe",
              (const struct status_field[]){{"name", name},
                                            {"result", words[outcome]},
                                            {"errno", number},
                                            {"error", error_name(outcome == OUTCOME_NO ? why->error : 0)},
                                            {"text", text},
                                            {0}});
}

static int probe_mount(const struct options *options, struct failure *why) {
  (void)options;
  static const char *const settings[] = {"mode", "0755", NULL};
  cleanup_fd int mount = make_filesystem("tmpfs", settings, 0, why);
  cleanup_fd int root = open("/", O_PATH | O_CLOEXEC);
  if (mount < 0) {
    return -1;
  }
  return root < 0 || attach(mount, root) < 0 ? fail(why, "attach", "tmpfs") : 0;
}

static int probe_setattr(const struct options *options, struct failure *why) {
  (void)options;
  struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
  cleanup_fd int tree =
      kernel_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return tree < 0 || kernel_mount_setattr(tree, "", AT_EMPTY_PATH, &read_only) < 0
             ? fail(why, "mount_setattr", "/dev/null")
             : 0;
}

static int probe_proc(const struct options *options, struct failure *why) {
  (void)options;
  cleanup_fd int proc = make_filesystem("proc", (const char *const[]){NULL}, 0, why);
  return proc < 0 ? -1 : 0;
}

/* What serves where a container covers parts of /proc. */
static int probe_borrow(const struct options *options, struct failure *why) {
  (void)options;
  cleanup_fd int proc = clone_tree(AT_FDCWD, "/proc", 0, why);
  return proc < 0 ? -1 : 0;
}

static int probe_pivot(const struct options *options, struct failure *why) {
  static const char *const settings[] = {"mode", "0755", NULL};
  (void)options;
  cleanup_fd int mount = make_filesystem("tmpfs", settings, 0, why);
  cleanup_fd int root = open("/", O_PATH | O_CLOEXEC);
  if (mount < 0 || root < 0 || attach(mount, root) < 0 || fchdir(mount) < 0) {
    return fail(why, "attach", "tmpfs");
  }
  return kernel_pivot_root(".", ".") < 0 ? fail(why, "pivot_root", "tmpfs") : 0;
}

static int probe_network(const struct options *options, struct failure *why) {
  (void)options;
  return kernel_unshare(CLONE_NEWNET) < 0 ? fail(why, "unshare", "network namespace")
                                          : network_raise_loopback(why);
}

static int probe_pid(const struct options *options, struct failure *why) {
  struct clone_args arguments = {.flags = CLONE_NEWPID, .exit_signal = SIGCHLD};
  (void)options;
  pid_t pid = kernel_clone3(&arguments);
  if (pid == 0) {
    _exit(0);
  }
  return pid < 0 || RETRY(waitpid(pid, NULL, 0)) < 0 ? fail(why, "clone3", "pid namespace") : 0;
}

static int probe_host_name(const struct options *options, struct failure *why) {
  static const char name[] = "stepbox";
  (void)options;
  return kernel_unshare(CLONE_NEWUTS) < 0 || sethostname(name, sizeof name - 1) < 0
             ? fail(why, "sethostname", name)
             : 0;
}

static int probe_seccomp(const struct options *options, struct failure *why) {
  (void)options;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fail(why, "prctl", "no_new_privs")
                                                    : seccomp_install(seccomp_find("default"), why);
}

static int probe_close_range(const struct options *options, struct failure *why) {
  (void)options;
  return kernel_close_range(1000, 1001, 0) < 0 ? fail(why, "close_range", "") : 0;
}

static int probe_landlock(const struct options *options, struct failure *why) {
  (void)options;
  long abi = confine_landlock();
  if (abi < 0) {
    return fail(why, "landlock_create_ruleset", "");
  }
  snprintf(why->text, sizeof why->text, "%ld", abi);
  return 0;
}

static int probe_tun(const struct options *options, struct failure *why) {
  (void)options;
  cleanup_fd int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  return tun < 0 ? fail(why, "open", "/dev/net/tun") : 0;
}

/* Takes the child away again, when it was made. */
static int with_cgroup(const struct options *options,
                       int (*use)(const struct cgroups *, struct failure *), struct failure *why) {
  struct cgroups cgroups = {0};
  enum { NUMBER = 999999 };
  if (options->cgroup == CGROUP_NONE || cgroups_open(&cgroups, options, why) < 0) {
    return options->cgroup == CGROUP_NONE
               ? fail_with(why, ENODEV, "cgroup", "", "no cgroup directory was given")
               : -1;
  }
  cgroups.last = NUMBER;
  int result = cgroup_make(&cgroups, NUMBER, why) < 0 ? -1 : use(&cgroups, why);
  for (int i = 0; i < 100 && !cgroup_remove(&cgroups, NUMBER); i++) {
    usleep(10000);
  }
  return result;
}

static int use_nothing(const struct cgroups *cgroups, struct failure *why) {
  (void)cgroups;
  (void)why;
  return 0;
}

static int use_enter(const struct cgroups *cgroups, struct failure *why) {
  struct failure result = {0};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return fail(why, "pipe", "");
  }
  cleanup_fd int reader = ends[0];
  cleanup_fd int writer = ends[1];
  pid_t pid = fork();
  if (pid == 0) {
    cgroup_enter(cgroups, cgroups->last, &result);
    _exit(RETRY(write(writer, &result, sizeof result)) < 0);
  }
  close_and_forget(&writer); /* so that a child that dies without a word is an end of file */
  if (pid < 0) {
    return fail(why, "fork", "");
  }
  ssize_t n = RETRY(read(reader, &result, sizeof result));
  RETRY(waitpid(pid, NULL, 0));
  if (n != (ssize_t)sizeof result) {
    return fail_with(why, EIO, "cgroup-enter", "", "the child died");
  }
  *why = result;
  return result.error == 0 ? 0 : -1;
}

static int use_clone(const struct cgroups *cgroups, struct failure *why) {
  cleanup_fd int leaf = cgroup_open(cgroups, cgroups->last, "");
  struct clone_args arguments = {
      .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned)leaf};
  pid_t pid = leaf < 0 ? -1 : kernel_clone3(&arguments);
  if (pid == 0) {
    _exit(0);
  }
  return pid < 0 || RETRY(waitpid(pid, NULL, 0)) < 0 ? fail(why, "clone3", "into a cgroup") : 0;
}

static int probe_cgroup_create(const struct options *options, struct failure *why) {
  return with_cgroup(options, use_nothing, why);
}

static int probe_cgroup_enter(const struct options *options, struct failure *why) {
  return with_cgroup(options, use_enter, why);
}

static int probe_cgroup_clone(const struct options *options, struct failure *why) {
  return with_cgroup(options, use_clone, why);
}

static int probe_kvm(const struct options *options, struct failure *why) {
  return kvm_try(options->kvm, why);
}

static const struct probe {
  const char *name;
  int (*run)(const struct options *, struct failure *);
  const char *needs; /* a probe that makes this one pointless when it fails */
  enum cgroup_version only;
} probes[] = {
    {"mount", probe_mount, NULL, CGROUP_NONE},
    {"mount-setattr", probe_setattr, "mount", CGROUP_NONE},
    {"proc", probe_proc, "mount", CGROUP_NONE},
    {"proc-borrowed", probe_borrow, "mount", CGROUP_NONE},
    {"overlay", probe_overlay, "mount", CGROUP_NONE},
    {"overlay-whiteout", probe_overlay_whiteout, "overlay", CGROUP_NONE},
    {"overlay-opaque", probe_overlay_opaque, "overlay", CGROUP_NONE},
    {"overlay-lower-by-fd", probe_overlay_descriptors, "overlay", CGROUP_NONE},
    {"pivot-root", probe_pivot, "mount", CGROUP_NONE},
    {"pid-namespace", probe_pid, NULL, CGROUP_NONE},
    {"network-namespace", probe_network, NULL, CGROUP_NONE},
    {"host-name", probe_host_name, NULL, CGROUP_NONE},
    {"seccomp", probe_seccomp, NULL, CGROUP_NONE},
    {"close-range", probe_close_range, NULL, CGROUP_NONE},
    {"landlock", probe_landlock, NULL, CGROUP_NONE},
    {"tun", probe_tun, NULL, CGROUP_NONE},
    {"kvm", probe_kvm, NULL, CGROUP_NONE},
    {"cgroup-create", probe_cgroup_create, NULL, CGROUP_NONE},
    {"cgroup-enter", probe_cgroup_enter, "cgroup-create", CGROUP_V1},
    {"clone-into-cgroup", probe_cgroup_clone, "cgroup-create", CGROUP_V2},
};

/* In a child with a mount namespace of its own, so that no probe spoils the next. */
static enum outcome run_probe(const struct probe *one, const struct options *options,
                              struct failure *why) {
  int ends[2];
  *why = (struct failure){0};
  if (pipe2(ends, O_CLOEXEC) < 0) {
    fail(why, "pipe", one->name);
    return OUTCOME_NO;
  }
  cleanup_fd int reader = ends[0];
  cleanup_fd int writer = ends[1];
  pid_t pid = fork();
  if (pid == 0) {
    struct mount_attr private = {.propagation = 1 << 18 /* MS_PRIVATE */};
    /* A refused mount namespace shows in the probe itself. */
    if (kernel_unshare(CLONE_NEWNS) == 0) {
      kernel_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private);
    }
    int result = one->run(options, why);
    why->error = result < 0 ? why->error : 0;
    _exit(RETRY(write(writer, why, sizeof *why)) < 0);
  }
  close_and_forget(&writer);
  if (pid < 0 || RETRY(read(reader, why, sizeof *why)) != (ssize_t)sizeof *why) {
    fail_with(why, EIO, "probe", one->name, "died without a word");
  }
  RETRY(waitpid(pid, NULL, 0));
  return why->error == 0 ? OUTCOME_YES : OUTCOME_NO;
}

static bool is_pointless(const struct probe *one, const struct options *options,
                         const enum outcome *outcomes) {
  if (one->only != CGROUP_NONE && one->only != options->cgroup) {
    return true;
  }
  for (size_t i = 0; one->needs != NULL && i < COUNT_OF(probes); i++) {
    if (strcmp(probes[i].name, one->needs) == 0) {
      return outcomes[i] != OUTCOME_YES;
    }
  }
  return false;
}

/* Runs in the user namespace. */
static int run_all(void *data, pid_t outer) {
  const struct options *options = data;
  enum outcome outcomes[COUNT_OF(probes)];
  struct failure why = {0};
  (void)outer;
  /* To inside id 0; where that fails the probes tell. */
  if (options->id_map != ID_MAP_SINGLE) {
    syscall(SYS_setgroups, 0, NULL);
  }
  syscall(SYS_setresgid, 0, 0, 0);
  syscall(SYS_setresuid, 0, 0, 0);
  for (size_t i = 0; i < COUNT_OF(probes); i++) {
    bool skipped = is_pointless(&probes[i], options, outcomes);
    outcomes[i] = skipped ? OUTCOME_SKIPPED : run_probe(&probes[i], options, &why);
    why.text[0] = skipped ? 0 : why.text[0];
    tell(probes[i].name, outcomes[i], &why);
  }
  return 0;
}

static void use_one_id(struct options *options) {
  options->id_map = ID_MAP_SINGLE;
  options->uids = (struct id_lines){.lines = {{0, (uint32_t)getuid(), 1}}, .count = 1};
  options->gids = (struct id_lines){.lines = {{0, (uint32_t)getgid(), 1}}, .count = 1};
}

/* The maps that were asked for, else one id, so that everything else can be tried. */
static pid_t start(struct options *options) {
  struct failure why = {0};
  if (options->uids.count == 0 || options->gids.count == 0) {
    use_one_id(options);
  }
  pid_t pid = start_in_user_namespace(options, run_all, options, &why);
  if (pid < 0 && strcmp(why.operation, "clone-user-namespace") == 0) {
    tell("user-namespace", OUTCOME_NO, &why);
    tell("id-map", OUTCOME_SKIPPED, &(struct failure){0});
    return -1;
  }
  if (pid < 0) {
    tell("id-map", OUTCOME_NO, &why);
    use_one_id(options);
    pid = start_in_user_namespace(options, run_all, options, &why);
  } else {
    tell("id-map", OUTCOME_YES, &(struct failure){0});
  }
  tell("user-namespace", pid < 0 ? OUTCOME_NO : OUTCOME_YES,
       pid < 0 ? &why : &(struct failure){0});
  return pid;
}

/* What a step in a chroot needs, with the rights of the caller: the last thing that is left where there are no
 * namespaces. */
static int probe_chroot(const struct options *options, struct failure *why) {
  static const char node[] = "stepbox-probe-null";
  long abi = confine_landlock();
  (void)options;
  if (abi < 1) {
    return fail(why, "landlock_create_ruleset", "");
  }
  if (mknod(node, S_IFCHR | 0666, makedev(1, 3)) < 0) {
    return fail(why, "mknod", "null");
  }
  cleanup_fd int null = open(node, O_WRONLY | O_CLOEXEC);
  unlink(node);
  if (null < 0) {
    return fail(why, "open", "null");
  }
  if (step_ids_prepare(1, why) < 0 || privileges_bound(0, why) < 0) {
    return -1;
  }
  if (chroot(".") < 0) {
    return fail(why, "chroot", "");
  }
  if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, ID_NOBODY, ID_NOBODY, ID_NOBODY) < 0 ||
      syscall(SYS_setresuid, ID_NOBODY, ID_NOBODY, ID_NOBODY) < 0) {
    return fail(why, "setresuid", "another user");
  }
  snprintf(why->text, sizeof why->text, "Landlock %ld", abi);
  return 0;
}

static void tell_chroot(const struct options *options, bool is_pointless_here) {
  static const struct probe chroot_probe = {"chroot", probe_chroot, NULL, CGROUP_NONE};
  struct failure why = {0};
  enum outcome outcome =
      is_pointless_here || options->store == NULL ? OUTCOME_SKIPPED
                                                  : run_probe(&chroot_probe, options, &why);
  tell("chroot", outcome, &why);
}

int probe(const struct options *given) {
  static struct options options;
  options = *given;
  /* While the rights of the caller hold. A descriptor would not do: it stays in this mount namespace. */
  if (options.store != NULL && chdir(options.store) < 0) {
    options.store_error = errno;
  }
  pid_t pid = start(&options);
  if (pid > 0) {
    RETRY(waitpid(pid, NULL, 0));
    tell_chroot(&options, true);
    return 0;
  }
  for (size_t i = 0; i < COUNT_OF(probes); i++) {
    tell(probes[i].name, OUTCOME_SKIPPED, &(struct failure){0});
  }
  tell_chroot(&options, options.store_error != 0);
  return 0;
}
