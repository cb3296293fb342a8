/* check: 4
 * attempt: mount tmpfs, proc, sysfs, overlay, cgroup, a bind; fsopen, fsmount, open_tree, pivot_root
 * expected: EPERM
 * control: namespaces
 */
#include "attack.h"

#include <sys/mount.h>

int main(void) {
  static const char *const kinds[] = {"tmpfs", "proc", "sysfs", "overlay", "cgroup", "cgroup2",
                                      "mqueue", "ramfs", "devpts", "fuse"};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    refused(kinds[i], mount("none", "/tmp", kinds[i], 0, NULL), EPERM, 0);
    refused("fsopen", syscall(SYS_fsopen, kinds[i], 0), EPERM, 0);
  }
  refused("bind", mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL), EPERM, 0);
  refused("fsmount", syscall(SYS_fsmount, 0, 0, 0), EPERM, 0);
  refused("fsconfig", syscall(SYS_fsconfig, 0, 0, NULL, NULL, 0), EPERM, 0);
  refused("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0), EPERM, 0);
  refused("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */), EPERM, 0);
  refused("pivot_root", syscall(SYS_pivot_root, ".", "."), EPERM, 0);
  verdict();
}
