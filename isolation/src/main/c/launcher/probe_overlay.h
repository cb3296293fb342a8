/* The probes of overlay file systems. */
#ifndef STEPBOX_PROBE_OVERLAY_H
#define STEPBOX_PROBE_OVERLAY_H

#include "failure.h"
#include "options.h"

int probe_overlay(const struct options *options, struct failure *why);
/* A removed file of a lower layer leaves a whiteout that a user namespace may make and understand. */
int probe_overlay_whiteout(const struct options *options, struct failure *why);
/* A directory that replaces one of a lower layer is marked by a user.* attribute. */
int probe_overlay_opaque(const struct options *options, struct failure *why);
int probe_overlay_descriptors(const struct options *options, struct failure *why);

#endif
