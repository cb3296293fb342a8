/* Network namespaces: the one of the build, and the loopback of every one. */
#ifndef STEPBOX_NETWORK_H
#define STEPBOX_NETWORK_H

#include "failure.h"

/* Where steps find their name server. */
#define NETWORK_NAME_SERVER "10.0.2.3"

/* Brings `lo` of the calling process's network namespace up. */
int network_raise_loopback(struct failure *why);

/* The same, and the addresses of cloud metadata lead nowhere. */
int network_prepare(struct failure *why);

/* Makes a network namespace in which loopback is up and the addresses of cloud metadata lead nowhere, and
 * in it the device of that name for a program that gives it a way out, unless the name is null. Returns a
 * descriptor of it. */
int network_make(const char *device, struct failure *why);

/* The same addresses, and those of the host's loopback, lead nowhere also for those who name the device
 * as the way to them. Once it is up, and before anything runs in the network that may not reach them. */
int network_guard(int namespace, const char *device, struct failure *why);

#endif
