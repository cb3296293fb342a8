/* Id maps: by the setuid helpers of shadow-utils, or by writing them ourselves. */
#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "step_ids.h"

enum { MAP_TEXT = OPTIONS_ID_LINES * 36 };

int write_file_at(int dir, const char *file, const char *text, struct failure *why) {
  cleanup_fd int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(why, "open", file);
  }
  size_t length = strlen(text);
  ssize_t written = RETRY(write(fd, text, length));
  if (written < 0) {
    return fail_text(why, "write", file, "%.200s", text);
  }
  return (size_t)written == length ? 0 : fail_with(why, EIO, "write", file, "cut short");
}

struct id_lines idmap_of_steps(const struct id_lines *ids, uint32_t zero) {
  struct id_lines steps = {0};
  for (unsigned i = 0; i < ids->count; i++) {
    const struct id_line *line = &ids->lines[i];
    uint32_t left_out = line->inside < zero ? zero - line->inside : 0;
    if (left_out < line->count) {
      uint32_t first = line->inside + left_out;
      steps.lines[steps.count++] = (struct id_line){.inside = step_id_inside(zero, first),
                                                    .outside = first,
                                                    .count = line->count - left_out};
    }
  }
  return steps;
}

void idmap_text(const struct id_lines *ids, char *text, size_t size) {
  size_t used = 0;
  for (unsigned i = 0; i < ids->count && used < size; i++) {
    const struct id_line *line = &ids->lines[i];
    used += (size_t)snprintf(text + used, size - used, "%u %u %u\n", line->inside, line->outside,
                             line->count);
  }
}

static int write_map(pid_t pid, const char *kind, const struct id_lines *ids, struct failure *why) {
  char path[64], text[MAP_TEXT];
  idmap_text(ids, text, sizeof text);
  snprintf(path, sizeof path, "/proc/%d/%s_map", pid, kind);
  if (write_file_at(AT_FDCWD, path, text, why) < 0) {
    snprintf(why->operation, sizeof why->operation, "%s-map", kind);
    return -1;
  }
  return 0;
}

static int deny_setgroups(pid_t pid, struct failure *why) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/setgroups", pid);
  if (write_file_at(AT_FDCWD, path, "deny", why) < 0) {
    snprintf(why->operation, sizeof why->operation, "gid-map");
    return -1;
  }
  return 0;
}

/* Runs "newuidmap PID inside outside count …"; what it says on stderr becomes the failure's text. */
static int run_helper(const char *helper, pid_t pid, const struct id_lines *ids,
                      const char *operation, struct failure *why) {
  char numbers[1 + OPTIONS_ID_LINES * 3][12];
  const char *arguments[COUNT_OF(numbers) + 2];
  int n = 0;
  snprintf(numbers[0], sizeof numbers[0], "%d", pid);
  for (unsigned i = 0; i < ids->count; i++) {
    snprintf(numbers[1 + i * 3], sizeof numbers[0], "%u", ids->lines[i].inside);
    snprintf(numbers[2 + i * 3], sizeof numbers[0], "%u", ids->lines[i].outside);
    snprintf(numbers[3 + i * 3], sizeof numbers[0], "%u", ids->lines[i].count);
  }
  arguments[n++] = helper;
  for (unsigned i = 0; i < 1 + ids->count * 3; i++) {
    arguments[n++] = numbers[i];
  }
  arguments[n] = NULL;
  int words[2];
  if (pipe2(words, O_CLOEXEC) < 0) {
    return fail(why, operation, helper);
  }
  cleanup_fd int reader = words[0];
  cleanup_fd int writer = words[1];
  pid_t child = fork();
  if (child < 0) {
    return fail(why, operation, helper);
  }
  if (child == 0) {
    dup2(writer, STDERR_FILENO);
    execvp(helper, (char *const *)arguments);
    dprintf(STDERR_FILENO, "%s: %s", helper, strerror(errno));
    _exit(127);
  }
  close_and_forget(&writer);
  char text[sizeof why->text] = "";
  size_t used = 0;
  for (ssize_t got; used < sizeof text - 1 &&
                    (got = RETRY(read(reader, text + used, sizeof text - 1 - used))) > 0;) {
    used += (size_t)got;
  }
  int status = 0;
  if (RETRY(waitpid(child, &status, 0)) < 0 || status != 0) {
    return fail_with(why, EPERM, operation, helper, "%s", text);
  }
  return 0;
}

int idmap_write(pid_t pid, const struct options *options, struct failure *why) {
  if (options->id_map == ID_MAP_HELPERS) {
    return run_helper("newuidmap", pid, &options->uids, "uid-map", why) < 0 ||
                   run_helper("newgidmap", pid, &options->gids, "gid-map", why) < 0
               ? -1
               : 0;
  }
  if (options->id_map == ID_MAP_SINGLE && deny_setgroups(pid, why) < 0) {
    return -1;
  }
  return write_map(pid, "uid", &options->uids, why) < 0 ||
                 write_map(pid, "gid", &options->gids, why) < 0
             ? -1
             : 0;
}
