/* What this machine offers, for `doctor`. */
#ifndef STEPBOX_PROBE_H
#define STEPBOX_PROBE_H

#include "options.h"

/* Writes one line per probe to standard output; returns the exit code. */
int probe(const struct options *options);

#endif
