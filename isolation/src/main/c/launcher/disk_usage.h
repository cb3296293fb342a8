/* What a step has on disk. */
#ifndef STEPBOX_DISK_USAGE_H
#define STEPBOX_DISK_USAGE_H

#include "steps.h"
#include "tree.h"

struct disk_usage {
  struct tree_size layers; /* with files that have no name left but are open */
  struct tree_size caches;
  bool is_whole; /* false: directories were moved away below us, so there is more */
};

/* Walks all of it, for as long as that takes: called in a child. */
void disk_usage_measure(const struct step *step, struct disk_usage *usage);

#endif
