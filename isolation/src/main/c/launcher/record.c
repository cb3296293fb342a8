/* Exit records. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cleanup.h"
#include "protocol.h"

/* CRC-32C, four bits at a time. */
static uint32_t checksum(const unsigned char *data, size_t length) {
  static const uint32_t table[16] = {
      0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1,
      0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
      0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
      0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
  };
  uint32_t crc = ~0U;
  for (size_t i = 0; i < length; i++) {
    crc ^= data[i];
    crc = (crc >> 4) ^ table[crc & 15];
    crc = (crc >> 4) ^ table[crc & 15];
  }
  return ~crc;
}

void write_exit_facts(struct buffer *out, const struct exit_facts *facts) {
  write_string(out, facts->step);
  write_u32(out, facts->outcome);
  write_u32(out, facts->status);
  write_u32(out, facts->reason);
  write_u32(out, facts->flags);
  write_u32(out, facts->why == NULL ? 0 : (uint32_t)facts->why->error);
  write_string(out, facts->why == NULL ? "" : facts->why->operation);
  char text[sizeof facts->why->object + sizeof facts->why->text + 4] = "";
  if (facts->why != NULL) {
    snprintf(text, sizeof text, "%s%s%s", facts->why->object,
             facts->why->text[0] == 0 ? "" : ": ", facts->why->text);
  }
  write_string(out, text);
  const uint64_t numbers[] = {
      facts->started,   facts->started_real,  facts->ended, facts->ended_real,
      facts->start,     facts->output,        facts->dropped, facts->oom_kills,
      facts->refused_forks, facts->user,      facts->system,
  };
  for (size_t i = 0; i < COUNT_OF(numbers); i++) {
    write_u64(out, numbers[i]);
  }
}

int record_write(int directory, const struct buffer *body, struct failure *why) {
  unsigned char head[sizeof EXIT_RECORD_MAGIC - 1 + 4] = EXIT_RECORD_MAGIC;
  unsigned char tail[4];
  unsigned char *data = body->data + body->start;
  size_t length = buffer_length(body);
  put_u32(head + sizeof EXIT_RECORD_MAGIC - 1, (uint32_t)length);
  put_u32(tail, checksum(data, length));
  cleanup_fd int file = openat(directory, "exit.tmp",
                               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) {
    return fail(why, "exit-record", "exit.tmp");
  }
  struct iovec parts[] = {{head, sizeof head}, {data, length}, {tail, sizeof tail}};
  ssize_t written = RETRY(writev(file, parts, COUNT_OF(parts)));
  if (written != (ssize_t)(sizeof head + length + sizeof tail)) {
    errno = written < 0 ? errno : ENOSPC;
    return fail(why, "exit-record", "exit.tmp");
  }
  return renameat(directory, "exit.tmp", directory, "exit") < 0 ? fail(why, "exit-record", "exit")
                                                                : 0;
}
