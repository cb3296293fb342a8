/* Process titles: a step can read the command line of its process 1, so that must not tell of the host. */
#include "title.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static char *begin;
static char *end;

static void extend(char **strings) {
  for (; *strings != NULL; strings++) {
    if (end == NULL || *strings == end + 1 || begin == NULL) {
      begin = begin == NULL ? *strings : begin;
      end = *strings + strlen(*strings);
    }
  }
}

void title_remember(int count, char **arguments, char **environment) {
  if (count > 0) {
    extend(arguments);
    extend(environment);
  }
}

void title_set(const char *title) {
  prctl(PR_SET_NAME, title, 0, 0, 0); /* cannot fail with a readable string */
  if (begin != NULL) {
    memset(begin, 0, (size_t)(end - begin));
    snprintf(begin, (size_t)(end - begin) + 1, "%s", title);
  }
}
