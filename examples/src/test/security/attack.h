/* What the attack programs share: they make attempts, count how each was refused, and tell a verdict.
 *
 * A program ends with HELD when every attempt met what it should, with BROKEN when one did not (and says
 * which), and with NOT_APPLICABLE where this machine has nothing to attack. Its last line is what was
 * seen. In the control run, outside of any sandbox, the same program has to end with BROKEN. */
#ifndef ATTACK_H
#define ATTACK_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum verdict { HELD = 0, BROKEN = 1, DEVIATES = 3, NOT_APPLICABLE = 77 };

enum { ERRORS = 140, OUTCOMES = 24, OUTCOME_BYTES = 64 };

static const struct {
  int number;
  const char *name;
} error_names[] = {
    {EPERM, "EPERM"},       {ENOENT, "ENOENT"},           {ESRCH, "ESRCH"},
    {EACCES, "EACCES"},     {EROFS, "EROFS"},             {ENOSYS, "ENOSYS"},
    {EINVAL, "EINVAL"},     {EAFNOSUPPORT, "EAFNOSUPPORT"}, {ECONNREFUSED, "ECONNREFUSED"},
    {ENETUNREACH, "ENETUNREACH"}, {EHOSTUNREACH, "EHOSTUNREACH"}, {ETXTBSY, "ETXTBSY"},
    {EAGAIN, "EAGAIN"},     {ENOSPC, "ENOSPC"},           {EXDEV, "EXDEV"},
    {EBADF, "EBADF"},       {ENOTDIR, "ENOTDIR"},         {ELOOP, "ELOOP"},
    {EOPNOTSUPP, "EOPNOTSUPP"}, {EFAULT, "EFAULT"},       {EIO, "EIO"},
    {ENOTTY, "ENOTTY"},     {ENODATA, "ENODATA"},         {ENOMEM, "ENOMEM"},
    {EBUSY, "EBUSY"},       {EPROTONOSUPPORT, "EPROTONOSUPPORT"}, {ENXIO, "ENXIO"},
    {ENOEXEC, "ENOEXEC"},   {ETIMEDOUT, "ETIMEDOUT"},     {EDQUOT, "EDQUOT"},
};

static inline const char *error_name(int number) {
  static char other[16];
  for (size_t i = 0; i < sizeof error_names / sizeof error_names[0]; i++) {
    if (error_names[i].number == number) {
      return error_names[i].name;
    }
  }
  snprintf(other, sizeof other, "errno %d", number);
  return other;
}

/* What was seen, in the order in which it was seen first. */
static struct outcome {
  char text[OUTCOME_BYTES];
  unsigned count;
} outcomes[OUTCOMES];
static unsigned outcome_count;
static unsigned attempts;
static unsigned broken_attempts;

static inline void seen(const char *text) {
  for (unsigned i = 0; i < outcome_count; i++) {
    if (strcmp(outcomes[i].text, text) == 0) {
      outcomes[i].count++;
      return;
    }
  }
  if (outcome_count < OUTCOMES) {
    snprintf(outcomes[outcome_count].text, OUTCOME_BYTES, "%s", text);
    outcomes[outcome_count++].count = 1;
  }
}

/* An attempt that should see `expected`. */
static inline void expect(const char *attempt, bool held, const char *found) {
  attempts++;
  seen(found);
  if (!held) {
    broken_attempts++;
    printf("got through: %s: %s\n", attempt, found);
  }
}

/* A system call that should be refused with one of the errors; their list ends with 0. */
static inline void refused(const char *attempt, long result, ...) {
  int error = errno;
  bool held = false;
  va_list expected;
  va_start(expected, result);
  for (int one; (one = va_arg(expected, int)) != 0;) {
    held = held || (result < 0 && error == one);
  }
  va_end(expected);
  expect(attempt, held, result < 0 ? error_name(error) : "success");
}

/* Opens a file, closes it, and gives what opening gave. */
static inline long try_open(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (fd >= 0) {
    close(fd);
  }
  return fd;
}

/* A directory in a write layer that this id may write: an image's own where the workspace is root's. */
static inline const char *write_layer(void) {
  return getenv("STEPBOX") == NULL          ? "."
         : access("/workspace", W_OK) == 0 ? "/workspace"
                                            : "/open";
}

/* The number of a variable that the suite passes to the step, or -1. */
static inline long number_from(const char *name) {
  const char *value = getenv(name);
  return value == NULL ? -1 : strtol(value, NULL, 10);
}

/* `otherwise` is the verdict when nothing got through: HELD, or DEVIATES where something is known to. */
static inline _Noreturn void verdict_or(enum verdict otherwise) {
  printf("%u of %u attempts got through\n", broken_attempts, attempts);
  for (unsigned i = 0; i < outcome_count; i++) {
    bool is_repeated = outcomes[i].count > 1;
    printf("%s%s", i == 0 ? "" : ", ", outcomes[i].text);
    if (is_repeated) {
      printf(" (%u)", outcomes[i].count);
    }
  }
  printf("\n");
  exit(broken_attempts == 0 && attempts > 0 ? (int)otherwise : BROKEN);
}

static inline _Noreturn void verdict(void) {
  verdict_or(HELD);
}

static inline _Noreturn void not_applicable(const char *reason) {
  printf("%s\n", reason);
  exit(NOT_APPLICABLE);
}

#endif
