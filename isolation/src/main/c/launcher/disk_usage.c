/* Measuring what a step has on disk, while it works there and may not want to be measured. */
#include "disk_usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "processes.h"
#include "walk.h"

enum { TRIES = 3, TMPFS = 0x01021994 };

static bool add_trees(const struct step *step, const struct strings *paths, struct tree_size *size) {
  struct failure why;
  uint64_t vanished = 0;
  bool is_whole = true;
  for (uint32_t i = 0; i < paths->count; i++) {
    cleanup_fd int tree = place_open(&step->supervisor->places, IN_STORE, paths->items[i],
                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &why);
    if (tree < 0 || tree_add_live_size(tree, size, &vanished, &why) < 0) {
      is_whole = false;
    }
  }
  return is_whole && vanished == 0;
}

/* A file in memory counts as memory. */
static bool is_on_disk(const char *path) {
  struct statfs system;
  return statfs(path, &system) == 0 && system.f_type != TMPFS;
}

static void add_files_of(int process, struct inode_set *known, struct tree_size *size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd", process);
  cleanup_dir DIR *descriptors = opendir(path);
  const struct dirent *item;
  while (descriptors != NULL && (item = readdir(descriptors)) != NULL) {
    struct stat status;
    bool has_memory = true;
    snprintf(path, sizeof path, "/proc/%d/fd/%.16s", process, item->d_name);
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 0 &&
        is_on_disk(path) && inode_set_add(known, &status, "", &has_memory) == NULL) {
      size->bytes += (uint64_t)status.st_blocks * 512;
      size->inodes++;
    }
  }
}

/* Files without a name, which no walk finds, of the processes in the step's cgroup. */
static void add_open_files(const struct step *step, struct tree_size *size) {
  const struct cgroups *cgroups = &step->supervisor->cgroups;
  uint64_t number = step->sandbox == NULL ? 0 : step->sandbox->cgroup;
  cleanup_fd int group =
      cgroups->count == 0 ? -1 : cgroup_open(cgroups, number, cgroups->hierarchies[0].name);
  int list = group < 0 ? -1 : openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC);
  FILE *processes = list < 0 ? NULL : fdopen(list, "r");
  struct inode_set known = {0};
  cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  bool is_borrowed = step->supervisor->places.proc_is_borrowed;
  struct failure why; /* it ended meanwhile */
  int process;
  while (processes != NULL && fscanf(processes, "%d", &process) == 1) {
    add_files_of(processes_number(proc, is_borrowed, process, &why), &known, size);
  }
  inode_set_free(&known);
}

void disk_usage_measure(const struct step *step, struct disk_usage *usage) {
  *usage = (struct disk_usage){0};
  for (int i = 0; i < TRIES && !usage->is_whole; i++) {
    struct disk_usage seen = {0};
    bool has_layers = add_trees(step, &step->run.disk_directories, &seen.layers);
    bool has_caches = add_trees(step, &step->run.cache_directories, &seen.caches);
    add_open_files(step, &seen.layers);
    seen.is_whole = has_layers && has_caches;
    if (seen.is_whole ||
        seen.layers.bytes + seen.caches.bytes > usage->layers.bytes + usage->caches.bytes) {
      *usage = seen;
    }
  }
}
