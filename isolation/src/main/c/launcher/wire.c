/* Frame bodies: little-endian, bounds-checked. */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

#include "protocol.h"

struct arena_block {
  struct arena_block *next;
  size_t used;
  size_t size;
};

enum { ARENA_BLOCK = 8 * 1024, ARENA_ALIGN = 16 };

static unsigned char *block_data(struct arena_block *block) {
  size_t header = (sizeof *block + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
  return (unsigned char *)block + header;
}

void *arena_alloc(struct arena *arena, size_t size) {
  size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
  struct arena_block *block = arena->blocks;
  if (block == NULL || block->size - block->used < size) {
    size_t capacity = size > ARENA_BLOCK ? size : ARENA_BLOCK;
    block = calloc(1, capacity + 2 * ARENA_ALIGN + sizeof *block);
    if (block == NULL) {
      return NULL;
    }
    block->size = capacity;
    block->next = arena->blocks;
    arena->blocks = block;
  }
  void *result = block_data(block) + block->used;
  block->used += size;
  return result;
}

void arena_free(struct arena *arena) {
  while (arena->blocks != NULL) {
    struct arena_block *block = arena->blocks;
    arena->blocks = block->next;
    explicit_bzero(block_data(block), block->used);
    free(block);
  }
}

static const unsigned char *take(struct reader *in, size_t size) {
  if (in->bad || (size_t)(in->end - in->at) < size) {
    in->bad = true;
    return NULL;
  }
  const unsigned char *at = in->at;
  in->at += size;
  return at;
}

uint8_t read_u8(struct reader *in) {
  const unsigned char *at = take(in, 1);
  return at == NULL ? 0 : at[0];
}

uint16_t read_u16(struct reader *in) {
  const unsigned char *at = take(in, 2);
  return (uint16_t)(at == NULL ? 0 : at[0] | at[1] << 8);
}

uint32_t get_u32(const unsigned char *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint32_t read_u32(struct reader *in) {
  const unsigned char *at = take(in, 4);
  return at == NULL ? 0 : get_u32(at);
}

uint64_t read_u64(struct reader *in) {
  const unsigned char *at = take(in, 8);
  return at == NULL ? 0 : get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
}

struct bytes read_bytes(struct reader *in) {
  uint32_t length = read_u32(in);
  const unsigned char *data = take(in, length);
  return (struct bytes){.data = data, .length = data == NULL ? 0 : length};
}

char *read_string(struct reader *in) {
  static char empty[1];
  struct bytes bytes = read_bytes(in);
  if (bytes.data == NULL || memchr(bytes.data, 0, bytes.length) != NULL) {
    in->bad = true;
    return empty;
  }
  char *text = arena_alloc(in->arena, (size_t)bytes.length + 1);
  if (text == NULL) {
    in->bad = true;
    return empty;
  }
  memcpy(text, bytes.data, bytes.length);
  text[bytes.length] = 0;
  return text;
}

uint32_t read_count(struct reader *in, size_t smallest) {
  uint32_t count = read_u32(in);
  if (in->bad || count > (size_t)(in->end - in->at) / smallest) {
    in->bad = true;
    return 0;
  }
  return count;
}

void *read_array(struct reader *in, size_t count, size_t size) {
  static max_align_t none;
  void *array = arena_alloc(in->arena, count * size + 1);
  if (array == NULL) {
    in->bad = true;
    return &none;
  }
  return array;
}

struct strings read_strings(struct reader *in) {
  uint32_t count = read_count(in, 4);
  static char *nothing[1];
  char **items = arena_alloc(in->arena, ((size_t)count + 1) * sizeof *items);
  if (items == NULL) {
    in->bad = true;
    return (struct strings){.items = nothing, .count = 0};
  }
  for (uint32_t i = 0; i < count; i++) {
    items[i] = read_string(in);
  }
  items[count] = NULL;
  return (struct strings){.items = items, .count = count};
}

bool read_end(const struct reader *in) {
  return !in->bad && in->at == in->end;
}

bool buffer_reserve(struct buffer *out, size_t size) {
  if (out->capacity - out->end >= size) {
    return true;
  }
  if (out->start > 0) {
    memmove(out->data, out->data + out->start, buffer_length(out));
    out->end -= out->start;
    out->start = 0;
  }
  if (out->capacity - out->end >= size) {
    return true;
  }
  size_t capacity = out->capacity == 0 ? 1024 : out->capacity;
  while (capacity - out->end < size) {
    capacity *= 2;
  }
  unsigned char *data = malloc(capacity); /* not realloc: it would leave secrets in freed memory */
  if (data == NULL) {
    out->bad = true;
    return false;
  }
  if (out->data != NULL) {
    memcpy(data, out->data, out->end);
    explicit_bzero(out->data, out->capacity);
    free(out->data);
  }
  out->data = data;
  out->capacity = capacity;
  return true;
}

void buffer_consume(struct buffer *out, size_t size) {
  out->start += size;
  if (out->start == out->end) {
    out->start = out->end = 0;
  }
}

void buffer_free(struct buffer *out) {
  if (out->data != NULL) {
    explicit_bzero(out->data, out->capacity);
  }
  free(out->data);
  *out = (struct buffer){0};
}

void write_raw(struct buffer *out, const void *data, size_t length) {
  if (length > 0 && !out->bad && buffer_reserve(out, length)) {
    memcpy(out->data + out->end, data, length);
    out->end += length;
  }
}

void put_u32(unsigned char *at, uint32_t value) {
  at[0] = (unsigned char)value;
  at[1] = (unsigned char)(value >> 8);
  at[2] = (unsigned char)(value >> 16);
  at[3] = (unsigned char)(value >> 24);
}

void write_u8(struct buffer *out, uint8_t value) {
  write_raw(out, &value, 1);
}

void write_u16(struct buffer *out, uint16_t value) {
  unsigned char bytes[2] = {(unsigned char)value, (unsigned char)(value >> 8)};
  write_raw(out, bytes, sizeof bytes);
}

void write_u32(struct buffer *out, uint32_t value) {
  unsigned char bytes[4];
  put_u32(bytes, value);
  write_raw(out, bytes, sizeof bytes);
}

void write_u64(struct buffer *out, uint64_t value) {
  write_u32(out, (uint32_t)value);
  write_u32(out, (uint32_t)(value >> 32));
}

void write_bytes(struct buffer *out, const void *data, size_t length) {
  write_u32(out, (uint32_t)length);
  write_raw(out, data, length);
}

void write_string(struct buffer *out, const char *text) {
  write_bytes(out, text, strlen(text));
}

size_t frame_begin(struct buffer *out, uint16_t type, uint16_t flags, uint32_t request) {
  size_t begin = buffer_length(out);
  write_u32(out, 0);
  write_u16(out, type);
  write_u16(out, flags);
  write_u32(out, request);
  return begin;
}

void frame_end(struct buffer *out, size_t begin) {
  if (!out->bad) {
    size_t length = buffer_length(out) - begin - FRAME_LENGTH_FIELD;
    put_u32(out->data + out->start + begin, (uint32_t)length);
  }
}

void write_error_frame(struct buffer *out, uint32_t request, uint32_t code,
                       const struct failure *why) {
  size_t begin = frame_begin(out, TYPE_ERROR, 0, request);
  write_u32(out, code);
  write_u32(out, (uint32_t)why->error);
  write_string(out, why->operation);
  write_string(out, why->object);
  write_string(out, why->text);
  frame_end(out, begin);
}
