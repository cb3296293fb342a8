/* Resources free themselves when their variable goes out of scope; steal_* hands them over. */
#ifndef STEPBOX_CLEANUP_H
#define STEPBOX_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup_fd __attribute__((cleanup(cleanup_fd_value)))
#define cleanup_free __attribute__((cleanup(cleanup_free_value)))
#define cleanup_dir __attribute__((cleanup(cleanup_dir_value)))

/* Repeats a call that a signal interrupted. */
#define RETRY(call)                          \
  __extension__({                            \
    long retry_result;                       \
    do {                                     \
      retry_result = (long)(call);           \
    } while (retry_result == -1 && errno == EINTR); \
    retry_result;                            \
  })

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline void cleanup_fd_value(int *fd) {
  if (*fd >= 0) {
    int saved = errno;
    close(*fd); /* the only error that matters on close, lost writes, is checked where written */
    errno = saved;
  }
}

static inline void cleanup_free_value(void *pointer) {
  free(*(void **)pointer);
}

static inline void cleanup_dir_value(DIR **dir) {
  if (*dir != NULL) {
    int saved = errno;
    closedir(*dir);
    errno = saved;
  }
}

static inline int steal_fd(int *fd) {
  int stolen = *fd;
  *fd = -1;
  return stolen;
}

static inline void close_and_forget(int *fd) {
  cleanup_fd_value(fd);
  *fd = -1;
}

#endif
