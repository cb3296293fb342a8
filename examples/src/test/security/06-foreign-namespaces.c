/* check: 6
 * attempt: setns into those of process 1 and its own; open_by_handle_at ("shocker"); see foreign processes
 * expected: EPERM, EACCES; only the step's own processes
 * control: namespaces
 */
#include "attack.h"

#include <dirent.h>
#include <sched.h>

static unsigned visible_processes(void) {
  unsigned count = 0;
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;) {
    count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
  }
  return count;
}

int main(void) {
  static const char *const kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
  char path[64];
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    snprintf(path, sizeof path, "/proc/1/ns/%s", kinds[i]);
    refused(path, try_open(path, O_RDONLY), EACCES, EPERM, 0);
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
    int own = open(path, O_RDONLY | O_CLOEXEC);
    refused("setns own", setns(own, 0), EPERM, 0);
    close(own);
  }
  int pid_one = (int)syscall(SYS_pidfd_open, 1, 0);
  refused("setns by pidfd", setns(pid_one, CLONE_NEWNS), EPERM, 0);
  /* The root directory of most file systems: inode 2. */
  struct {
    struct file_handle handle;
    uint32_t inode[2];
  } root = {.handle = {.handle_bytes = 8, .handle_type = 1}, .inode = {2, 0}};
  refused("open_by_handle_at",
          syscall(SYS_open_by_handle_at, AT_FDCWD, &root.handle, O_RDONLY), EPERM, 0);
  bool are_few = visible_processes() <= 4;
  expect("foreign processes", are_few, are_few ? "own processes only" : "more processes");
  verdict();
}
