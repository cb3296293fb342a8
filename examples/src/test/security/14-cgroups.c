/* check: 14
 * attempt: find a cgroup file system, release_agent, or a way to leave the cgroup or raise its limits
 * expected: none is mounted, none can be
 * control: user
 */
#include "attack.h"

#include <sys/mount.h>

int main(void) {
  char line[1024];
  unsigned mounted = 0;
  FILE *table = fopen("/proc/self/mountinfo", "re");
  while (table != NULL && fgets(line, sizeof line, table) != NULL) {
    mounted += strstr(line, " - cgroup") != NULL;
  }
  expect("mounted", table != NULL && mounted == 0, mounted == 0 ? "none mounted" : "mounted");
  refused("/sys/fs/cgroup", try_open("/sys/fs/cgroup", O_RDONLY), ENOENT, 0);
  refused("mount version 1", mount("none", "/tmp", "cgroup", 0, "memory"), EPERM, 0);
  refused("mount version 2", mount("none", "/tmp", "cgroup2", 0, NULL), EPERM, 0);
  unsigned outside = 0;
  FILE *own = fopen("/proc/self/cgroup", "re");
  while (own != NULL && fgets(line, sizeof line, own) != NULL) {
    char *path = strrchr(line, ':');
    /* Hierarchies that the user has no part of are the host's root, as seen from a namespace: "/..". */
    outside += path != NULL && strcmp(path, ":/\n") != 0 && strncmp(path, ":/..", 4) != 0;
  }
  expect("own path", outside == 0, outside == 0 ? "a root of its own" : "a path of the host");
  verdict();
}
