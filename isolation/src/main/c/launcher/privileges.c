/* Attributes, capabilities, ids, filter. */
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "confine.h"
#include "protocol.h"
#include "seccomp.h"

enum { LAST_SIGNAL = 64, SIGNAL_SET_BYTES = 8, AFFINITY_BYTES = 1024, RESOURCES = 16 };

/* What Linux gives its first process (include/asm-generic/resource.h), for limits that the request
 * leaves open: what the starter had is no business of a step. A hard limit can only go down. */
static const struct {
  unsigned resource;
  uint64_t soft;
} boot_limits[] = {
    {RLIMIT_CPU, RLIM_INFINITY},        {RLIMIT_FSIZE, RLIM_INFINITY},
    {RLIMIT_DATA, RLIM_INFINITY},       {RLIMIT_STACK, 8 * 1024 * 1024},
    {RLIMIT_CORE, 1},                   {RLIMIT_RSS, RLIM_INFINITY},
    {RLIMIT_NOFILE, 1024},              {RLIMIT_MEMLOCK, 8 * 1024 * 1024},
    {RLIMIT_AS, RLIM_INFINITY},         {RLIMIT_LOCKS, RLIM_INFINITY},
    {RLIMIT_NICE, 0},                   {RLIMIT_RTPRIO, 0},
    {RLIMIT_NPROC, RLIM_INFINITY},      {RLIMIT_RTTIME, RLIM_INFINITY},
};

/* By the system call: the C library refuses the two that it keeps for itself, but who started this process
 * may have them ignored, and a step would inherit that. */
int signals_reset(struct failure *why) {
  static const unsigned char standard[64]; /* the kernel's struct sigaction, all zero: SIG_DFL */
  for (int number = 1; number <= LAST_SIGNAL; number++) {
    bool is_fixed = number == SIGKILL || number == SIGSTOP;
    if (!is_fixed && syscall(SYS_rt_sigaction, number, standard, NULL, SIGNAL_SET_BYTES) < 0) {
      return fail(why, "sigaction", "supervisor");
    }
  }
  return 0;
}

static void reset_scheduling(void) {
  unsigned char every_processor[AFFINITY_BYTES];
  memset(every_processor, 0xff, sizeof every_processor);
  /* Each may be refused (a higher priority needs a privilege); then the step is as slow as its starter
   * was made to be. */
  struct sched_parameters {
    int priority;
  } normal = {0};
  if (syscall(SYS_sched_setaffinity, 0, sizeof every_processor, every_processor) < 0 ||
      syscall(SYS_sched_setscheduler, 0, 0 /* SCHED_OTHER */, &normal) < 0 ||
      setpriority(PRIO_PROCESS, 0, 0) < 0) {
    errno = 0;
  }
}

static int set_limit(unsigned resource, uint64_t soft, uint64_t hard, struct failure *why) {
  struct rlimit limit;
  if (getrlimit((int)resource, &limit) < 0) {
    return fail_text(why, "rlimit", "payload", "resource %u", resource);
  }
  limit.rlim_max = hard < limit.rlim_max ? hard : limit.rlim_max;
  limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
  return setrlimit((int)resource, &limit) < 0
             ? fail_text(why, "rlimit", "payload", "resource %u", resource)
             : 0;
}

int privileges_set_defaults(struct failure *why) {
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) < 0) {
    return fail(why, "sigprocmask", "payload");
  }
  reset_scheduling();
  for (size_t i = 0; i < COUNT_OF(boot_limits); i++) {
    if (set_limit(boot_limits[i].resource, boot_limits[i].soft, RLIM_INFINITY, why) < 0) {
      return -1;
    }
  }
  return 0;
}

int privileges_set_attributes(const struct run_request *run, struct failure *why) {
  umask((mode_t)run->umask);
  for (uint32_t i = 0; i < run->rlimit_count; i++) {
    const struct rlimit_item *item = &run->rlimits[i];
    if (item->resource >= RESOURCES || item->soft > item->hard) {
      return fail_with(why, EINVAL, "rlimit", "payload", "resource %u", item->resource);
    }
    if (set_limit(item->resource, item->soft, item->hard, why) < 0) {
      return -1;
    }
  }
  return 0;
}

int privileges_bound(uint64_t capabilities, struct failure *why) {
  for (unsigned long capability = 0; capability < 64; capability++) {
    /* Each drop makes new credentials, which takes microseconds; looking first costs next to nothing. */
    int is_there = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (is_there < 0) {
      return 0; /* beyond the last one */
    }
    if (is_there > 0 && (capabilities >> capability & 1) == 0 &&
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
      return fail_text(why, "drop-capabilities", "payload", "capability %lu", capability);
    }
  }
  return 0;
}

/* Of these, those that the bounding set still has. */
static uint64_t available(uint64_t capabilities) {
  for (unsigned long capability = 0; capability < 64; capability++) {
    if ((capabilities >> capability & 1) != 0 &&
        prctl(PR_CAPBSET_READ, capability, 0, 0, 0) <= 0) {
      capabilities &= ~(1ULL << capability);
    }
  }
  return capabilities;
}

static int set_ids(const struct run_request *run, struct failure *why) {
  /* Raw calls: the C library's versions talk to other threads, of which there are none, and allocate. */
  if (syscall(SYS_setgroups, run->group_count, run->groups) < 0) {
    /* With one id the kernel forbids setgroups; the list is then as empty as the starter's. */
    if (errno != EPERM || run->group_count > 0) {
      return fail(why, "setgroups", "payload");
    }
  }
  if (syscall(SYS_setresgid, run->gid, run->gid, run->gid) < 0) {
    return fail_text(why, "setresgid", "payload", "gid %u", run->gid);
  }
  if (syscall(SYS_setresuid, run->uid, run->uid, run->uid) < 0) {
    return fail_text(why, "setresuid", "payload", "uid %u", run->uid);
  }
  return 0;
}

static int set_capabilities(uint64_t keep, struct failure *why) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {
      {.effective = (uint32_t)keep, .permitted = (uint32_t)keep},
      {.effective = (uint32_t)(keep >> 32), .permitted = (uint32_t)(keep >> 32)},
  };
  return syscall(SYS_capset, &header, data) < 0 ? fail(why, "capset", "payload") : 0;
}

int privileges_drop(const struct run_request *run, bool is_in_chroot, struct failure *why) {
  const struct seccomp_profile *profile = seccomp_find(run->seccomp);
  bool no_new_privs = (run->flags & RUN_NO_NEW_PRIVS) != 0;
  uint64_t keep = run->uid == 0 ? available(run->capabilities) : 0;
  if (privileges_bound(run->capabilities, why) < 0) {
    return -1;
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) {
    return fail(why, "drop-capabilities", "ambient");
  }
  if (!no_new_privs && seccomp_install(profile, why) < 0) {
    return -1; /* needs CAP_SYS_ADMIN here, so it comes before that goes */
  }
  if (set_ids(run, why) < 0 || set_capabilities(keep, why) < 0) {
    return -1;
  }
  if (no_new_privs) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
      return fail(why, "no-new-privs", "payload");
    }
    if (is_in_chroot && confine(run, why) < 0) {
      return -1;
    }
    return seccomp_install(profile, why);
  }
  return 0;
}
