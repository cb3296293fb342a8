/* check: 3
 * attempt: umount, remount, move away or open up the masks and read-only parts of /proc
 * expected: EPERM
 * control: namespaces
 */
#include "attack.h"

#include <linux/mount.h>
#include <sys/mount.h>

int main(void) {
  static const char *const places[] = {"/proc/kcore", "/proc/sys", "/proc/sysrq-trigger", "/proc",
                                       "/dev", "/"};
  struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    refused("umount", umount2(places[i], MNT_DETACH | UMOUNT_NOFOLLOW), EPERM, 0);
    refused("remount", mount(NULL, places[i], NULL, MS_REMOUNT | MS_BIND, NULL), EPERM, 0);
    refused("mount_setattr",
            syscall(SYS_mount_setattr, AT_FDCWD, places[i], 0, &writable, sizeof writable), EPERM, 0);
    refused("move_mount", syscall(SYS_move_mount, AT_FDCWD, places[i], AT_FDCWD, "/tmp", 0), EPERM, 0);
    refused("mount --move", mount(places[i], "/tmp", NULL, MS_MOVE, NULL), EPERM, 0);
  }
  refused("make shared", mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL), EPERM, 0);
  verdict();
}
