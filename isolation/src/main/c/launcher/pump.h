/* Moves a step's output into its file, with an index of offsets and times. */
#ifndef STEPBOX_PUMP_H
#define STEPBOX_PUMP_H

#include <stdbool.h>
#include <stdint.h>

enum {
  PUMP_PIECE_BYTES = 64 * 1024,
  PUMP_PIECE_NS = 5 * 1000 * 1000,
  PUMP_INDEX_ENTRY = 20, /* u64 offset, u64 real, u32 length */
};

struct pump {
  int source; /* the reading end of a pipe, or a terminal's master; non-blocking */
  int output;
  int index;
  bool is_terminal;
  bool is_stream; /* the output is a pipe: what is written there is written in order */
  uint64_t limit; /* bytes to keep; 0: no limit */
  uint64_t offset;
  uint64_t dropped;
  uint64_t piece_begin; /* monotonic; 0 while there is no piece */
  uint64_t piece_real;
  uint64_t piece_offset;
  uint64_t index_offset;
};

enum pump_result { PUMP_MOVED, PUMP_EMPTY, PUMP_END };

/* Moves what is there now, at most about a megabyte. */
enum pump_result pump_some(struct pump *pump);
/* Takes bytes that are there. */
void pump_take(struct pump *pump, const unsigned char *data, uint64_t length);
/* Moves until there is nothing left, or until the end. */
void pump_all(struct pump *pump);
/* Writes the index entry of the unfinished piece. */
void pump_flush(struct pump *pump);
/* When pump_flush is due (monotonic ns), 0: not at all. */
uint64_t pump_flush_due(const struct pump *pump);

#endif
