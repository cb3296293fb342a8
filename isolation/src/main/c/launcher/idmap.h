/* The user and group id maps of a user namespace. */
#ifndef STEPBOX_IDMAP_H
#define STEPBOX_IDMAP_H

#include <stddef.h>
#include <sys/types.h>

#include "failure.h"
#include "options.h"

/* Writes both maps of the process `pid`, which sits in a fresh user namespace. */
int idmap_write(pid_t pid, const struct options *options, struct failure *why);

/* The lines of the namespace of a step: id `zero` of these becomes 0, and those below it are left out. What
 * is outside of it are ids of this namespace. */
struct id_lines idmap_of_steps(const struct id_lines *ids, uint32_t zero);
/* As the kernel reads it. */
void idmap_text(const struct id_lines *ids, char *text, size_t size);

/* Writes `text` into `file` below the open directory `proc` in one write. */
int write_file_at(int dir, const char *file, const char *text, struct failure *why);

#endif
