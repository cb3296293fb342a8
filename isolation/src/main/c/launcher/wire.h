/* Reading and writing frame bodies. A reader never reads past its end: the first bad field makes it
 * `bad`, and everything read afterwards is zero or empty. A buffer that could not grow is `bad` too. */
#ifndef STEPBOX_WIRE_H
#define STEPBOX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* Memory that is freed (and wiped: requests carry secrets) all at once. */
struct arena_block;
struct arena {
  struct arena_block *blocks;
};

void *arena_alloc(struct arena *arena, size_t size);
void arena_free(struct arena *arena);

struct reader {
  const unsigned char *at;
  const unsigned char *end;
  struct arena *arena; /* where strings and lists go */
  bool bad;
};

struct bytes {
  const unsigned char *data;
  uint32_t length;
};

struct strings {
  char **items; /* ends with NULL */
  uint32_t count;
};

uint8_t read_u8(struct reader *in);
uint16_t read_u16(struct reader *in);
uint32_t read_u32(struct reader *in);
uint64_t read_u64(struct reader *in);
/* Points into the frame. */
struct bytes read_bytes(struct reader *in);
/* A copy in the arena that ends with NUL; a NUL inside is bad. Never NULL. */
char *read_string(struct reader *in);
struct strings read_strings(struct reader *in);
/* A count of items of at least `smallest` bytes each: more than can be there is bad and 0. */
uint32_t read_count(struct reader *in, size_t smallest);
/* A list's memory in the arena. Never NULL; makes the reader bad when there is none. */
void *read_array(struct reader *in, size_t count, size_t size);
/* True when everything was read and nothing was bad. */
bool read_end(const struct reader *in);

struct buffer {
  unsigned char *data;
  size_t start; /* first byte not yet consumed */
  size_t end;
  size_t capacity;
  bool bad;
};

/* Room for `size` more bytes at the end; false when there is no memory. */
bool buffer_reserve(struct buffer *out, size_t size);
void buffer_consume(struct buffer *out, size_t size);
void buffer_free(struct buffer *out);
static inline size_t buffer_length(const struct buffer *out) {
  return out->end - out->start;
}

void write_u8(struct buffer *out, uint8_t value);
void write_u16(struct buffer *out, uint16_t value);
void write_u32(struct buffer *out, uint32_t value);
void write_u64(struct buffer *out, uint64_t value);
/* As it is, without a length. */
void write_raw(struct buffer *out, const void *data, size_t length);
void write_bytes(struct buffer *out, const void *data, size_t length);
void write_string(struct buffer *out, const char *text);

/* Begins a frame and returns where it began; frame_end sets its length. */
size_t frame_begin(struct buffer *out, uint16_t type, uint16_t flags, uint32_t request);
void frame_end(struct buffer *out, size_t begin);
void write_error_frame(struct buffer *out, uint32_t request, uint32_t code,
                       const struct failure *why);

void put_u32(unsigned char *at, uint32_t value);
uint32_t get_u32(const unsigned char *at);

#endif
