/* Whether the kernel's virtual machines work here. */
#ifndef STEPBOX_KVM_H
#define STEPBOX_KVM_H

#include <stdbool.h>

#include "supervisor.h"

/* True when a machine of two instructions ran to its end. Known after the first call. */
bool kvm_works(struct supervisor *supervisor);

/* The same by a device; -1 and why not. */
int kvm_try(const char *device, struct failure *why);

#endif
