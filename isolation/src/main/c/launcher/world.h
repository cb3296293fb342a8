/* The supervisor's own small world: what it keeps of the host. */
#ifndef STEPBOX_WORLD_H
#define STEPBOX_WORLD_H

#include "options.h"
#include "paths.h"

/* An empty directory in it. */
#define WORLD_EMPTY "/empty"

/* Descriptors opened with the identity of who started us, before the host goes out of sight. */
struct origins {
  int store;
  int binds[OPTIONS_BINDS];
};

/* A mount namespace of our own, and the origins opened in it. */
int world_open(const struct options *options, struct origins *origins, struct failure *why);
/* Replaces the root by a read-only tmpfs with /store, /host, /dev, /proc and /roots. Closes the origins. */
int world_strip(const struct options *options, struct origins *origins, struct places *places,
                struct failure *why);

#endif
