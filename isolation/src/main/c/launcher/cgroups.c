/* Cgroups of steps. On v1 a process moves itself by writing "0" into `tasks`: for a single thread the
 * kernel skips the global lock that makes a write to `cgroup.procs` wait for an RCU grace period. */
#include "cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "idmap.h"
#include "protocol.h"

enum { CGROUP_FILE_MAX = 16 * 1024, SMALLEST_PAGE = 4096, REMOVALS_AT_ONCE = 200 };

int cgroups_open(struct cgroups *cgroups, const struct options *options, struct failure *why) {
  cgroups->version = options->cgroup;
  for (unsigned i = 0; i < options->hierarchy_count; i++) {
    const struct hierarchy_option *option = &options->hierarchies[i];
    int dir = open(option->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
      return fail(why, "cgroup-open", option->path);
    }
    cgroups->hierarchies[cgroups->count++] = (struct hierarchy){.name = option->name, .dir = dir};
  }
  return 0;
}

struct child_name {
  char text[32];
};

static struct child_name name_of(uint64_t number) {
  struct child_name name;
  snprintf(name.text, sizeof name.text, "step-%llu", (unsigned long long)number);
  return name;
}

int cgroup_make(const struct cgroups *cgroups, uint64_t number, struct failure *why) {
  struct child_name name = name_of(number);
  for (unsigned i = 0; i < cgroups->count; i++) {
    /* EEXIST: left by a supervisor that was killed; an empty one is as good as new after rmdir. */
    if (mkdirat(cgroups->hierarchies[i].dir, name.text, 0755) < 0 &&
        (errno != EEXIST || unlinkat(cgroups->hierarchies[i].dir, name.text, AT_REMOVEDIR) < 0 ||
         mkdirat(cgroups->hierarchies[i].dir, name.text, 0755) < 0)) {
      return fail_text(why, "cgroup-create", cgroups->hierarchies[i].name, "%s", name.text);
    }
  }
  return 0;
}

int cgroup_enter(const struct cgroups *cgroups, uint64_t number, struct failure *why) {
  char path[48];
  snprintf(path, sizeof path, "%s/tasks", name_of(number).text);
  for (unsigned i = 0; i < cgroups->count; i++) {
    cleanup_fd int tasks = openat(cgroups->hierarchies[i].dir, path, O_WRONLY | O_CLOEXEC);
    if (tasks < 0 || RETRY(write(tasks, "0", 1)) < 0) {
      return fail_text(why, "cgroup-enter", cgroups->hierarchies[i].name, "%s", path);
    }
  }
  return 0;
}

static const struct hierarchy *find(const struct cgroups *cgroups, const char *name) {
  for (unsigned i = 0; i < cgroups->count; i++) {
    if (cgroups->version == CGROUP_V2 || strcmp(cgroups->hierarchies[i].name, name) == 0) {
      return &cgroups->hierarchies[i];
    }
  }
  return NULL;
}

int cgroup_open(const struct cgroups *cgroups, uint64_t number, const char *name) {
  const struct hierarchy *hierarchy = find(cgroups, name);
  if (hierarchy == NULL || number == 0) {
    errno = ENODEV;
    return -1;
  }
  return openat(hierarchy->dir, name_of(number).text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Version 1 has no such limit. */
static int limit_descendants(const struct cgroups *cgroups, uint64_t number, struct failure *why) {
  char most[12];
  if (cgroups->version != CGROUP_V2) {
    return 0;
  }
  cleanup_fd int dir = cgroup_open(cgroups, number, "");
  snprintf(most, sizeof most, "%d", LIMIT_NESTED_CGROUPS);
  return write_file_at(dir, "cgroup.max.descendants", most, why);
}

int cgroup_delegate(const struct cgroups *cgroups, uint64_t number, uint32_t uid, uint32_t gid,
                    struct failure *why) {
  static const char *const files[] = {"", "cgroup.procs", "tasks", "cgroup.threads",
                                      "cgroup.subtree_control"};
  for (unsigned i = 0; i < cgroups->count; i++) {
    for (size_t j = 0; j < COUNT_OF(files); j++) {
      char path[64];
      snprintf(path, sizeof path, "%s/%s", name_of(number).text, files[j]);
      if (fchownat(cgroups->hierarchies[i].dir, path, uid, gid, 0) < 0 && errno != ENOENT) {
        return fail_text(why, "cgroup-delegate", cgroups->hierarchies[i].name, "%s", path);
      }
    }
  }
  return limit_descendants(cgroups, number, why);
}

/* The name of a first directory in `dir`; false when there is none. */
static bool find_child(int dir, char *name, size_t size) {
  int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = copy < 0 ? NULL : fdopendir(copy);
  bool is_found = false;
  if (list == NULL) {
    cleanup_fd_value(&copy);
    return false;
  }
  for (struct dirent *entry; !is_found && (entry = readdir(list)) != NULL;) {
    is_found = entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
               snprintf(name, size, "%s", entry->d_name) < (int)size;
  }
  closedir(list);
  return is_found;
}

/* Removes one cgroup that has none below it, at or below `name`; how deep they lie is up to a step. */
static bool remove_leaf(int parent, const char *name) {
  char at[NAME_MAX + 1], below[NAME_MAX + 1];
  cleanup_fd int holder = fcntl(parent, F_DUPFD_CLOEXEC, 0);
  snprintf(at, sizeof at, "%s", name);
  for (;;) {
    cleanup_fd int dir = openat(holder, at, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0 || !find_child(dir, below, sizeof below)) {
      return unlinkat(holder, at, AT_REMOVEDIR) == 0;
    }
    close_and_forget(&holder);
    holder = steal_fd(&dir);
    memcpy(at, below, sizeof at);
  }
}

/* What a step has left below its own is removed by some at a time, as others wait for the supervisor. */
static bool remove_tree(int parent, const char *name) {
  for (unsigned i = 0; i < REMOVALS_AT_ONCE; i++) {
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
      return true;
    }
    if (!remove_leaf(parent, name)) {
      return false;
    }
  }
  return false;
}

bool cgroup_remove(const struct cgroups *cgroups, uint64_t number) {
  struct child_name name = name_of(number);
  bool is_gone = true;
  for (unsigned i = 0; i < cgroups->count; i++) {
    is_gone &= remove_tree(cgroups->hierarchies[i].dir, name.text);
  }
  return is_gone;
}

bool cgroups_clear(const struct cgroups *cgroups) {
  char name[NAME_MAX + 1];
  for (unsigned i = 0; i < cgroups->count; i++) {
    while (find_child(cgroups->hierarchies[i].dir, name, sizeof name)) {
      if (!remove_tree(cgroups->hierarchies[i].dir, name)) {
        return false;
      }
    }
  }
  return true;
}

void read_cgroup_files(struct reader *in, struct cgroup_files *files, bool with_value) {
  files->count = read_count(in, 8);
  files->items = read_array(in, files->count, sizeof *files->items);
  for (uint32_t i = 0; i < files->count && !in->bad; i++) {
    files->items[i].hierarchy = read_string(in);
    files->items[i].file = read_string(in);
    files->items[i].value = with_value ? read_string(in) : NULL;
    in->bad |= strchr(files->items[i].file, '/') != NULL; /* in the child's own directory only */
  }
}

static int open_file(const struct cgroups *cgroups, uint64_t number, const char *hierarchy,
                     const char *file, int flags) {
  const struct hierarchy *found = find(cgroups, hierarchy);
  char path[320];
  if (found == NULL || number == 0) {
    errno = ENODEV;
    return -1;
  }
  if (snprintf(path, sizeof path, "%s/%s", name_of(number).text, file) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return openat(found->dir, path, flags | O_CLOEXEC | O_NOFOLLOW);
}

int cgroup_write(const struct cgroups *cgroups, uint64_t number, const struct cgroup_files *files,
                 struct failure *why) {
  for (uint32_t i = 0; i < files->count; i++) {
    const struct cgroup_file *item = &files->items[i];
    cleanup_fd int fd = open_file(cgroups, number, item->hierarchy, item->file, O_WRONLY);
    if (fd < 0 || RETRY(write(fd, item->value, strlen(item->value))) < 0) {
      return fail_text(why, "cgroup-write", item->file, "%s in %s", item->value, item->hierarchy);
    }
  }
  return 0;
}

static ssize_t read_file(const struct cgroups *cgroups, uint64_t number, const char *hierarchy,
                         const char *file, char *content, size_t size) {
  cleanup_fd int fd = open_file(cgroups, number, hierarchy, file, O_RDONLY);
  if (fd < 0) {
    return -1;
  }
  size_t used = 0;
  while (used < size) {
    ssize_t n = RETRY(read(fd, content + used, size - used));
    if (n < 0) {
      return -1;
    }
    used += (size_t)n;
    if (n < SMALLEST_PAGE) {
      break; /* the kernel fills at least a page when there is more */
    }
  }
  return (ssize_t)used;
}

void cgroup_read(const struct cgroups *cgroups, uint64_t number, const struct cgroup_files *files,
                 bool with_names, struct buffer *out) {
  char content[CGROUP_FILE_MAX];
  write_u32(out, files->count);
  for (uint32_t i = 0; i < files->count; i++) {
    const struct cgroup_file *item = &files->items[i];
    ssize_t length =
        read_file(cgroups, number, item->hierarchy, item->file, content, sizeof content);
    if (with_names) {
      write_string(out, item->hierarchy);
      write_string(out, item->file);
    }
    write_u32(out, length < 0 ? (uint32_t)errno : 0);
    write_bytes(out, content, length < 0 ? 0 : (size_t)length);
  }
}

/* The number behind "key " at the beginning of a line. */
static uint64_t read_counter(const struct cgroups *cgroups, uint64_t number, const char *hierarchy,
                             const char *file, const char *key) {
  char content[1024];
  ssize_t length = number == 0 ? -1
                               : read_file(cgroups, number, hierarchy, file, content,
                                           sizeof content - 1);
  if (length < 0) {
    return 0;
  }
  content[length] = 0;
  size_t key_length = strlen(key);
  for (char *line = content; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, key, key_length) == 0 && line[key_length] == ' ') {
      return strtoull(line + key_length + 1, NULL, 10);
    }
  }
  return 0;
}

static const char *oom_file(const struct cgroups *cgroups) {
  return cgroups->version == CGROUP_V1 ? "memory.oom_control" : "memory.events";
}

bool cgroup_has_memory(const struct cgroups *cgroups, uint64_t number) {
  return number != 0 && find(cgroups, "memory") != NULL;
}

uint64_t cgroup_oom_kills(const struct cgroups *cgroups, uint64_t number, bool is_delegated) {
  return is_delegated && cgroups->version == CGROUP_V2
             ? read_counter(cgroups, number, "memory", "memory.events.local", "oom")
             : read_counter(cgroups, number, "memory", oom_file(cgroups), "oom_kill");
}

uint64_t cgroup_refused_forks(const struct cgroups *cgroups, uint64_t number, bool is_delegated) {
  bool is_local = is_delegated && cgroups->version == CGROUP_V2;
  return read_counter(cgroups, number, "pids", is_local ? "pids.events.local" : "pids.events", "max");
}

static int watch_v1(const struct cgroups *cgroups, uint64_t number) {
  cleanup_fd int dir = cgroup_open(cgroups, number, "memory");
  cleanup_fd int control = dir < 0 ? -1 : openat(dir, oom_file(cgroups), O_RDONLY | O_CLOEXEC);
  cleanup_fd int registry = dir < 0 ? -1 : openat(dir, "cgroup.event_control", O_WRONLY | O_CLOEXEC);
  cleanup_fd int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  char line[32];
  int length = snprintf(line, sizeof line, "%d %d", event, control);
  if (control < 0 || registry < 0 || event < 0 ||
      RETRY(write(registry, line, (size_t)length)) < 0) {
    return -1;
  }
  return steal_fd(&event);
}

static int watch_v2(const struct cgroups *cgroups, uint64_t number) {
  cleanup_fd int dir = cgroup_open(cgroups, number, "memory");
  cleanup_fd int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dir, oom_file(cgroups));
  if (dir < 0 || watch < 0 || inotify_add_watch(watch, path, IN_MODIFY) < 0) {
    return -1;
  }
  return steal_fd(&watch);
}

int cgroup_watch_oom(const struct cgroups *cgroups, uint64_t number) {
  if (number == 0) {
    errno = ENODEV;
    return -1;
  }
  return cgroups->version == CGROUP_V1 ? watch_v1(cgroups, number) : watch_v2(cgroups, number);
}
