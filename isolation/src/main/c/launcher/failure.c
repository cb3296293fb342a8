/* Failures as values. */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

static void set(struct failure *why, int error, const char *operation, const char *object) {
  memset(why, 0, sizeof *why);
  why->error = error;
  snprintf(why->operation, sizeof why->operation, "%s", operation);
  snprintf(why->object, sizeof why->object, "%s", object);
}

int fail(struct failure *why, const char *operation, const char *object) {
  set(why, errno, operation, object);
  return -1;
}

int fail_text(struct failure *why, const char *operation, const char *object, const char *format,
              ...) {
  int error = errno;
  set(why, error, operation, object);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why->text, sizeof why->text, format, arguments);
  va_end(arguments);
  return -1;
}

int fail_with(struct failure *why, int error, const char *operation, const char *object,
              const char *format, ...) {
  set(why, error, operation, object);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why->text, sizeof why->text, format, arguments);
  va_end(arguments);
  return -1;
}

static const struct {
  int error;
  const char *name;
} names[] = {
    {0, "0"},                    {EPERM, "EPERM"},
    {ENOENT, "ENOENT"},          {ESRCH, "ESRCH"},
    {EINTR, "EINTR"},            {EIO, "EIO"},
    {ENXIO, "ENXIO"},            {E2BIG, "E2BIG"},
    {ENOEXEC, "ENOEXEC"},        {EBADF, "EBADF"},
    {ECHILD, "ECHILD"},          {EAGAIN, "EAGAIN"},
    {ENOMEM, "ENOMEM"},          {EACCES, "EACCES"},
    {EFAULT, "EFAULT"},          {ENOTBLK, "ENOTBLK"},
    {EBUSY, "EBUSY"},            {EEXIST, "EEXIST"},
    {EXDEV, "EXDEV"},            {ENODEV, "ENODEV"},
    {ENOTDIR, "ENOTDIR"},        {EISDIR, "EISDIR"},
    {EINVAL, "EINVAL"},          {ENFILE, "ENFILE"},
    {EMFILE, "EMFILE"},          {ENOTTY, "ENOTTY"},
    {ETXTBSY, "ETXTBSY"},        {EFBIG, "EFBIG"},
    {ENOSPC, "ENOSPC"},          {EROFS, "EROFS"},
    {EMLINK, "EMLINK"},          {EPIPE, "EPIPE"},
    {ERANGE, "ERANGE"},          {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENOSYS, "ENOSYS"},          {ENOTEMPTY, "ENOTEMPTY"},
    {ELOOP, "ELOOP"},            {EOVERFLOW, "EOVERFLOW"},
    {EUSERS, "EUSERS"},          {EOPNOTSUPP, "EOPNOTSUPP"},
    {EAFNOSUPPORT, "EAFNOSUPPORT"}, {EADDRINUSE, "EADDRINUSE"},
    {ECONNREFUSED, "ECONNREFUSED"}, {EDQUOT, "EDQUOT"},
    {EPROTO, "EPROTO"},          {ETIMEDOUT, "ETIMEDOUT"},
    {ESTALE, "ESTALE"},          {ENODATA, "ENODATA"},
};

const char *error_name(int error) {
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (names[i].error == error) {
      return names[i].name;
    }
  }
  return "other";
}
