/* Laying the layers of an overlay over each other where no overlay can be mounted. */
#ifndef STEPBOX_LAY_H
#define STEPBOX_LAY_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

enum lay_how {
  LAY_LINK, /* files are hard links where steps cannot write to them, else copies: for what is only read */
  LAY_COPY, /* files are copies, and everything belongs to `owner` */
  LAY_READ, /* the same with owners as they are, without what others may not read: for the machine's own */
};

struct lay {
  enum lay_how how;
  uint32_t owner;
  int skipped; /* a directory that is left out, or -1 */
};

/* Lays what is in the directory `layer` over what is in the directory `target`. */
int lay_tree(const struct lay *lay, int layer, int target, struct failure *why);

#endif
