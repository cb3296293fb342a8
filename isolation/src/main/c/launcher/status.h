/* The one line that a starting supervisor owes its starter, and the lines of `probe`. */
#ifndef STEPBOX_STATUS_H
#define STEPBOX_STATUS_H

#include "failure.h"

struct status_field {
  const char *key;
  const char *value;
};

/* Writes "word<tab>key=value…<newline>" in one write; control characters in values become '?'. */
void status_line(int fd, const char *word, const struct status_field *fields);
/* The line "failed …" with the remedy's word that belongs to the operation. */
void status_failed(int fd, const struct failure *why);

#endif
