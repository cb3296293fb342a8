/* Extended attributes that belong to a file, and not to the overlay or the machine. */
#ifndef STEPBOX_ATTRIBUTES_H
#define STEPBOX_ATTRIBUTES_H

#include <stdbool.h>

#include "wire.h"

enum { ATTRIBUTE_NAMES_MAX = 65536, ATTRIBUTE_VALUE_MAX = 65536 };

/* Each takes an open directory and a name in it, "" for the directory itself. 0, or -1 with errno. */

/* Writes a list of names and values, in byte order of the names. */
int attributes_list(int directory, const char *name, struct buffer *out);
/* Copies all of them, and those of the overlay, to another file. */
int attributes_copy(int directory, const char *name, int to_directory, const char *to_name);
/* The first byte of one attribute, '1' when it is empty, 0 when it is not there. */
char attribute_first_byte(int directory, const char *name, const char *attribute);
int attribute_set(int directory, const char *name, const char *attribute, struct bytes value);

#endif
