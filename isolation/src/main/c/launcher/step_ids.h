/* The ids of steps, as the supervisor's user namespace has them.
 *
 * What a step calls id n is id `zero` + n here: the only place where this is added or taken away. With a
 * `zero` above 0 the ids below it, and among them the user who started the build, are none of a step's. */
#ifndef STEPBOX_STEP_IDS_H
#define STEPBOX_STEP_IDS_H

#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

enum {
  ID_NOBODY = 65534,   /* as Linux shows ids that are not mapped */
  ID_UNCHANGED = ~0,   /* as chown takes it */
};

/* An id of steps, in this namespace. What cannot be one becomes an id that the kernel refuses. */
uint32_t step_id_here(uint32_t zero, uint32_t id);
/* An id of this namespace as steps see it. */
uint32_t step_id_inside(uint32_t zero, uint32_t id);

/* From now on this process makes files as the steps' root, until it asks for `zero` 0; it keeps its
 * capabilities and its other ids. step_ids_prepare comes first, once. */
int step_ids_prepare(uint32_t zero, struct failure *why);
void step_ids_make_files(uint32_t zero);

#endif
