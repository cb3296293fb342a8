/* The end of a step: one body, which goes into the exit record and into the event. */
#ifndef STEPBOX_RECORD_H
#define STEPBOX_RECORD_H

#include <stdint.h>

#include "failure.h"
#include "wire.h"

struct exit_facts {
  const char *step;
  uint32_t outcome;
  uint32_t status;
  uint32_t reason;
  uint32_t flags;
  const struct failure *why; /* NULL when it was executed */
  uint64_t started;
  uint64_t started_real;
  uint64_t ended;
  uint64_t ended_real;
  uint64_t start; /* ns from RUN to the exec */
  uint64_t output;
  uint64_t dropped;
  uint64_t oom_kills;
  uint64_t refused_forks;
  uint64_t user;
  uint64_t system;
};

/* Everything but the readings, which the caller adds. */
void write_exit_facts(struct buffer *out, const struct exit_facts *facts);
/* Writes `body` as the file "exit" of the open directory, whole or not at all. */
int record_write(int directory, const struct buffer *body, struct failure *why);

#endif
