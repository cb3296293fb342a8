/* Status lines. */
#include "status.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

enum { LINE_MAX_BYTES = 2048 };

void status_line(int fd, const char *word, const struct status_field *fields) {
  char line[LINE_MAX_BYTES];
  size_t used = (size_t)snprintf(line, sizeof line - 1, "%s", word);
  for (; fields->key != NULL && used < sizeof line - 1; fields++) {
    size_t begin = used + 1 + strlen(fields->key) + 1;
    used += (size_t)snprintf(line + used, sizeof line - 1 - used, "\t%s=%s", fields->key,
                             fields->value);
    used = used < sizeof line - 1 ? used : sizeof line - 2;
    for (size_t i = begin; i < used; i++) {
      unsigned char c = (unsigned char)line[i];
      line[i] = c < ' ' || c == 0x7f ? '?' : line[i];
    }
  }
  line[used++] = '\n';
  /* A starter that went away is no reason to fail: who connects will see whether it runs. */
  if (RETRY(write(fd, line, used)) < 0) {
    return;
  }
}

/* By the operation that failed; the first prefix that fits. */
static const char *hint_for(const char *operation) {
  static const struct {
    const char *prefix;
    const char *hint;
  } hints[] = {
      {"option", "usage"},          {"clone-user-namespace", "user-namespaces"},
      {"uid-map", "subordinate-ids"}, {"gid-map", "subordinate-ids"},
      {"id-map", "subordinate-ids"},  {"mount-proc", "masked-proc"},
      {"open-store", "store"},      {"socket", "socket"},
      {"cgroup", "cgroup"},         {"egress", "egress"},
      {"mount", "mount"},           {"pivot", "mount"},
      {"attach", "mount"},          {"open_tree", "mount"},
      {"fs", "mount"},              {"fork", "resources"},
      {"clone", "user-namespaces"},
  };
  for (size_t i = 0; i < COUNT_OF(hints); i++) {
    if (strncmp(operation, hints[i].prefix, strlen(hints[i].prefix)) == 0) {
      return hints[i].hint;
    }
  }
  return "kernel";
}

void status_failed(int fd, const struct failure *why) {
  char number[16], text[sizeof why->object + sizeof why->text + 4];
  snprintf(number, sizeof number, "%d", why->error);
  snprintf(text, sizeof text, "%s%s%s", why->object, why->text[0] == 0 ? "" : ": ", why->text);
  status_line(fd, "failed",
              (const struct status_field[]){{"operation", why->operation},
                                            {"errno", number},
                                            {"error", error_name(why->error)},
                                            {"hint", hint_for(why->operation)},
                                            {"text", text},
                                            {0}});
}
