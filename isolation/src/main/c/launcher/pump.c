/* Output: pipe or terminal to file, by splice where that goes. */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"
#include "loop.h"
#include "wire.h"

enum { MOVE_MOST = 1024 * 1024, COPY_BUFFER = 64 * 1024 };

static unsigned char copy_buffer[COPY_BUFFER]; /* costs memory only for terminals and floods */

static void write_index_entry(struct pump *pump) {
  unsigned char entry[PUMP_INDEX_ENTRY];
  put_u32(entry, (uint32_t)pump->piece_offset);
  put_u32(entry + 4, (uint32_t)(pump->piece_offset >> 32));
  put_u32(entry + 8, (uint32_t)pump->piece_real);
  put_u32(entry + 12, (uint32_t)(pump->piece_real >> 32));
  put_u32(entry + 16, (uint32_t)(pump->offset - pump->piece_offset));
  /* When the index cannot be written the disk is full; the output itself is then counted as dropped. */
  if (RETRY(pwrite(pump->index, entry, sizeof entry, (off_t)pump->index_offset)) ==
      (ssize_t)sizeof entry) {
    pump->index_offset += sizeof entry;
  }
}

void pump_flush(struct pump *pump) {
  if (pump->piece_begin != 0 && pump->offset > pump->piece_offset) {
    write_index_entry(pump);
  }
  pump->piece_begin = 0;
}

uint64_t pump_flush_due(const struct pump *pump) {
  return pump->piece_begin == 0 ? 0 : pump->piece_begin + PUMP_PIECE_NS;
}

static void count(struct pump *pump, uint64_t length) {
  uint64_t now = monotonic_now();
  if (pump->piece_begin != 0 && now >= pump_flush_due(pump)) {
    pump_flush(pump);
  }
  if (pump->piece_begin == 0) {
    pump->piece_begin = now;
    pump->piece_real = real_now();
    pump->piece_offset = pump->offset;
  }
  pump->offset += length;
  if (pump->offset - pump->piece_offset >= PUMP_PIECE_BYTES) {
    pump_flush(pump);
  }
}

static enum pump_result result_of(ssize_t n) {
  if (n > 0) {
    return PUMP_MOVED;
  }
  /* EIO: the last slave of the terminal was closed. */
  return n == 0 || errno == EIO ? PUMP_END : PUMP_EMPTY;
}

static uint64_t room_of(const struct pump *pump) {
  return pump->limit == 0 ? MOVE_MOST : pump->limit - pump->offset;
}

static void take(struct pump *pump, const unsigned char *data, uint64_t n, uint64_t room) {
  uint64_t keep = n < room ? n : room;
  uint64_t kept = 0;
  while (kept < keep) {
    ssize_t written = pump->is_stream
                          ? RETRY(write(pump->output, data + kept, (size_t)(keep - kept)))
                          : RETRY(pwrite(pump->output, data + kept, (size_t)(keep - kept),
                                         (off_t)(pump->offset + kept)));
    if (written <= 0) {
      break; /* a full disk must not stop the step: it goes on, the loss is counted */
    }
    kept += (uint64_t)written;
  }
  if (kept > 0) {
    count(pump, kept);
  }
  pump->dropped += n - kept;
}

void pump_take(struct pump *pump, const unsigned char *data, uint64_t length) {
  take(pump, data, length, pump->dropped > 0 ? 0 : room_of(pump));
}

static enum pump_result copy_some(struct pump *pump, uint64_t room) {
  ssize_t n = RETRY(read(pump->source, copy_buffer, sizeof copy_buffer));
  if (n <= 0) {
    return result_of(n);
  }
  take(pump, copy_buffer, (uint64_t)n, room);
  return PUMP_MOVED;
}

enum pump_result pump_some(struct pump *pump) {
  uint64_t room = room_of(pump);
  if (pump->is_terminal || pump->is_stream || room == 0 || pump->dropped > 0) {
    return copy_some(pump, pump->dropped > 0 ? 0 : room);
  }
  off_t at = (off_t)pump->offset;
  ssize_t n = RETRY(splice(pump->source, NULL, pump->output, &at,
                           (size_t)(room < MOVE_MOST ? room : MOVE_MOST),
                           SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
  if (n > 0) {
    count(pump, (uint64_t)n);
    return PUMP_MOVED;
  }
  if (n < 0 && errno != EAGAIN) {
    return copy_some(pump, room); /* a file system without splice, or a full one: which, this tells */
  }
  return n == 0 ? PUMP_END : PUMP_EMPTY;
}

void pump_all(struct pump *pump) {
  while (pump_some(pump) == PUMP_MOVED) {
  }
  pump_flush(pump);
}
