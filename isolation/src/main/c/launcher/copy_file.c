/* Content: shared when the file system can, else copied in the kernel, else through a buffer. */
#include "copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

enum { RANGE = 1 << 30, BUFFER = 128 * 1024 };

static int copy_by_buffer(int source, int target, off_t at, off_t end) {
  static char buffer[BUFFER];
  while (at < end) {
    size_t want = end - at < BUFFER ? (size_t)(end - at) : BUFFER;
    ssize_t n = RETRY(pread(source, buffer, want, at));
    if (n <= 0) {
      return n < 0 ? -1 : 0;
    }
    for (ssize_t done = 0; done < n;) {
      ssize_t written = RETRY(pwrite(target, buffer + done, (size_t)(n - done), at + done));
      if (written < 0) {
        return -1;
      }
      done += written;
    }
    at += n;
  }
  return 0;
}

static int copy_range(int source, int target, off_t at, off_t end) {
  off_t from = at, to = at;
  while (from < end) {
    size_t want = end - from < RANGE ? (size_t)(end - from) : RANGE;
    ssize_t n = RETRY(copy_file_range(source, &from, target, &to, want, 0));
    if (n < 0) {
      bool is_unable = errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
      return is_unable ? copy_by_buffer(source, target, from, end) : -1;
    }
    if (n == 0) {
      return copy_by_buffer(source, target, from, end); /* some file systems say 0 for "cannot" */
    }
  }
  return 0;
}

int copy_file(int source, int target, bool may_share, struct copied_bytes *bytes) {
  struct stat status;
  if (fstat(source, &status) < 0) {
    return -1;
  }
  if (may_share && status.st_size > 0 && ioctl(target, FICLONE, source) == 0) {
    bytes->all += (uint64_t)status.st_size;
    bytes->shared += (uint64_t)status.st_size;
    return 0;
  }
  for (off_t at = 0; at < status.st_size;) {
    off_t begin = lseek(source, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) {
      break; /* a hole up to the end */
    }
    begin = begin < 0 ? at : begin;
    off_t end = lseek(source, begin, SEEK_HOLE);
    end = end < 0 ? status.st_size : end;
    if (copy_range(source, target, begin, end) < 0) {
      return -1;
    }
    bytes->all += (uint64_t)(end - begin);
    at = end;
  }
  return ftruncate(target, status.st_size);
}
