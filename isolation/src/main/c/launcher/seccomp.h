/* System call filters, compiled to BPF when the launcher is built. */
#ifndef STEPBOX_SECCOMP_H
#define STEPBOX_SECCOMP_H

#include <linux/filter.h>

#include "failure.h"

struct seccomp_profile {
  const char *name;
  const struct sock_filter *filter; /* NULL: none */
  unsigned short length;
};

/* NULL when no profile has this name. */
const struct seccomp_profile *seccomp_find(const char *name);
/* For the calling process and its children, for good. */
int seccomp_install(const struct seccomp_profile *profile, struct failure *why);

#endif
