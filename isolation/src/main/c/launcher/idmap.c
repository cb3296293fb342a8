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

/* A setuid program that writes one map, and the pipe with what it says on stderr. */
struct helper {
  const char *program;
  const char *operation;
  pid_t pid;
  int words;
};

static _Noreturn void exec_helper(const struct helper *helper, pid_t pid, const struct id_lines *ids,
                                  int words) {
  char numbers[1 + OPTIONS_ID_LINES * 3][12];
  const char *arguments[COUNT_OF(numbers) + 2];
  int n = 0;
  snprintf(numbers[0], sizeof numbers[0], "%d", pid);
  for (unsigned i = 0; i < ids->count; i++) {
    snprintf(numbers[1 + i * 3], sizeof numbers[0], "%u", ids->lines[i].inside);
    snprintf(numbers[2 + i * 3], sizeof numbers[0], "%u", ids->lines[i].outside);
    snprintf(numbers[3 + i * 3], sizeof numbers[0], "%u", ids->lines[i].count);
  }
  arguments[n++] = helper->program;
  for (unsigned i = 0; i < 1 + ids->count * 3; i++) {
    arguments[n++] = numbers[i];
  }
  arguments[n] = NULL;
  dup2(words, STDERR_FILENO);
  execvp(helper->program, (char *const *)arguments);
  dprintf(STDERR_FILENO, "%s: %s", helper->program, strerror(errno));
  _exit(127);
}

/* Starts "newuidmap PID inside outside count …". */
static int begin_helper(struct helper *helper, pid_t pid, const struct id_lines *ids,
                        struct failure *why) {
  int words[2];
  if (pipe2(words, O_CLOEXEC) < 0) {
    return fail(why, helper->operation, helper->program);
  }
  cleanup_fd int reader = words[0];
  cleanup_fd int writer = words[1];
  helper->pid = fork();
  if (helper->pid < 0) {
    return fail(why, helper->operation, helper->program);
  }
  if (helper->pid == 0) {
    exec_helper(helper, pid, ids, writer);
  }
  helper->words = steal_fd(&reader);
  return 0;
}

/* Waits for its end; what it said becomes the failure's text. */
static int end_helper(struct helper *helper, struct failure *why) {
  cleanup_fd int reader = helper->words;
  char text[sizeof why->text] = "";
  size_t used = 0;
  for (ssize_t got; used < sizeof text - 1 &&
                    (got = RETRY(read(reader, text + used, sizeof text - 1 - used))) > 0;) {
    used += (size_t)got;
  }
  int status = 0;
  if (RETRY(waitpid(helper->pid, &status, 0)) < 0 || status != 0) {
    return fail_with(why, EPERM, helper->operation, helper->program, "%s", text);
  }
  return 0;
}

/* Both at the same time: each loads its libraries for longer than it writes. */
static int run_helpers(pid_t pid, const struct options *options, struct failure *why) {
  struct helper uids = {.program = "newuidmap", .operation = "uid-map"};
  struct helper gids = {.program = "newgidmap", .operation = "gid-map"};
  if (begin_helper(&uids, pid, &options->uids, why) < 0) {
    return -1;
  }
  struct failure second;
  int is_second_bad = begin_helper(&gids, pid, &options->gids, &second) < 0 ||
                      end_helper(&gids, &second) < 0;
  if (end_helper(&uids, why) < 0) {
    return -1;
  }
  if (is_second_bad) {
    *why = second;
    return -1;
  }
  return 0;
}

int idmap_write(pid_t pid, const struct options *options, struct failure *why) {
  if (options->id_map == ID_MAP_HELPERS) {
    return run_helpers(pid, options, why);
  }
  if (options->id_map == ID_MAP_SINGLE && deny_setgroups(pid, why) < 0) {
    return -1;
  }
  return write_map(pid, "uid", &options->uids, why) < 0 ||
                 write_map(pid, "gid", &options->gids, why) < 0
             ? -1
             : 0;
}
