/* Extended attributes. There are no calls for a name in a directory before Linux 6.13, so the way is
 * through /proc: a descriptor's directory and a single name, which is not followed. */
#include "attributes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

struct entry_path {
  char text[300];
};

static struct entry_path path_of(int directory, const char *name) {
  struct entry_path path;
  snprintf(path.text, sizeof path.text, "/proc/self/fd/%d/%s", directory, *name == 0 ? "." : name);
  return path;
}

static bool is_overlay(const char *attribute) {
  return strncmp(attribute, "user.overlay.", 13) == 0;
}

/* Labels of the machine's security module say nothing about the file, and cannot be set. */
static bool is_of_file(const char *attribute) {
  return strncmp(attribute, "user.", 5) == 0 || strcmp(attribute, "security.capability") == 0 ||
         strcmp(attribute, "system.posix_acl_access") == 0 ||
         strcmp(attribute, "system.posix_acl_default") == 0;
}

static ssize_t list_names(const char *path, char *names) {
  ssize_t length = llistxattr(path, names, ATTRIBUTE_NAMES_MAX);
  return length < 0 && errno == EOPNOTSUPP ? 0 : length;
}

static int compare(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int attributes_list(int directory, const char *name, struct buffer *out) {
  static char names[ATTRIBUTE_NAMES_MAX], value[ATTRIBUTE_VALUE_MAX];
  static const char *sorted[ATTRIBUTE_NAMES_MAX / 6]; /* "user.", a letter at least */
  struct entry_path path = path_of(directory, name);
  ssize_t length = list_names(path.text, names);
  uint32_t count = 0;
  if (length < 0) {
    return -1;
  }
  for (const char *at = names; at < names + length; at += strlen(at) + 1) {
    if (is_of_file(at) && !is_overlay(at)) {
      sorted[count++] = at;
    }
  }
  qsort(sorted, count, sizeof *sorted, compare);
  write_u32(out, count);
  for (uint32_t i = 0; i < count; i++) {
    ssize_t size = lgetxattr(path.text, sorted[i], value, sizeof value);
    if (size < 0) {
      return -1;
    }
    write_string(out, sorted[i]);
    write_bytes(out, value, (size_t)size);
  }
  return 0;
}

int attributes_copy(int directory, const char *name, int to_directory, const char *to_name) {
  static char names[ATTRIBUTE_NAMES_MAX], value[ATTRIBUTE_VALUE_MAX];
  struct entry_path from = path_of(directory, name);
  struct entry_path to = path_of(to_directory, to_name);
  ssize_t length = list_names(from.text, names);
  if (length < 0) {
    return -1;
  }
  for (const char *at = names; at < names + length; at += strlen(at) + 1) {
    ssize_t size = is_of_file(at) ? lgetxattr(from.text, at, value, sizeof value) : 0;
    if (size < 0 || (is_of_file(at) && lsetxattr(to.text, at, value, (size_t)size, 0) < 0)) {
      return -1;
    }
  }
  return 0;
}

char attribute_first_byte(int directory, const char *name, const char *attribute) {
  char value[8];
  struct entry_path path = path_of(directory, name);
  ssize_t length = lgetxattr(path.text, attribute, value, sizeof value);
  return length > 0 ? value[0] : length == 0 ? '1' : 0;
}

int attribute_set(int directory, const char *name, const char *attribute, struct bytes value) {
  struct entry_path path = path_of(directory, name);
  return lsetxattr(path.text, attribute, value.data, value.length, 0);
}
