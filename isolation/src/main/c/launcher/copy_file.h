/* Copying the content of one file. */
#ifndef STEPBOX_COPY_FILE_H
#define STEPBOX_COPY_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct copied_bytes {
  uint64_t all;
  uint64_t shared; /* by reflink */
};

/* Copies everything of `source` into the empty file `target`, holes as holes. */
int copy_file(int source, int target, bool may_share, struct copied_bytes *bytes);

#endif
