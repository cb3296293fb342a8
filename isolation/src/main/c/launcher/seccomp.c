/* The compiled filters and their installation. */
#include "seccomp.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

static const struct sock_filter default_filter[] = {
#include "seccomp_default.inc"
};

static const struct sock_filter nesting_filter[] = {
#include "seccomp_nesting.inc"
};

static const struct seccomp_profile profiles[] = {
    {"default", default_filter, COUNT_OF(default_filter)},
    {"nesting", nesting_filter, COUNT_OF(nesting_filter)},
    {"none", NULL, 0},
};

const struct seccomp_profile *seccomp_find(const char *name) {
  for (size_t i = 0; i < COUNT_OF(profiles); i++) {
    if (strcmp(profiles[i].name, name) == 0) {
      return &profiles[i];
    }
  }
  return NULL;
}

int seccomp_install(const struct seccomp_profile *profile, struct failure *why) {
  if (profile->filter == NULL) {
    return 0;
  }
  struct sock_fprog program = {.len = profile->length,
                               .filter = (struct sock_filter *)(uintptr_t)profile->filter};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0
             ? fail(why, "seccomp", profile->name)
             : 0;
}
