/* What went wrong: the operation, on which object, with which errno. Travels by value, even between
 * processes, so it holds no pointers. */
#ifndef STEPBOX_FAILURE_H
#define STEPBOX_FAILURE_H

struct failure {
  int error;
  char operation[32];
  char object[224];
  char text[256];
};

/* Each fills `why` from errno (first), and returns -1 so that callers can return it. */
int fail(struct failure *why, const char *operation, const char *object);
int fail_text(struct failure *why, const char *operation, const char *object, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int fail_with(struct failure *why, int error, const char *operation, const char *object,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

const char *error_name(int error);

#endif
