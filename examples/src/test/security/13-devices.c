/* check: 13
 * attempt: mknod of devices; open disks, memory, kmsg, kvm, fuse, tun; more in /dev than a program needs
 * expected: EPERM; ENOENT; null, zero, full, random, urandom, tty, pts, shm and links
 * runtimes: crun makes a link /dev/core to /proc/kcore, which is covered or not there
 * through: /dev: other nodes
 * control: root
 */
#include "attack.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char *const known[] = {".",   "..",   "fd",   "full",   "null",   "ptmx", "pts",    "random",
                                    "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero"};
static const char *const devices[] = {"/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/dev/net/tun",
                                      "/dev/vda", "/dev/sda", "/dev/loop-control", "/dev/console",
                                      "/dev/port", "/dev/vsock", "/dev/userfaultfd"};

static bool is_known(const char *name) {
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strcmp(known[i], name) == 0) {
      return true;
    }
  }
  return false;
}

int main(void) {
  static const char *const places[] = {"/tmp/device", "/workspace/device", "/dev/device", "/dev/shm/device"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    refused("mknod block", mknod(places[i], S_IFBLK | 0666, makedev(8, 0)), EPERM, EACCES, 0);
    refused("mknod null", mknod(places[i], S_IFCHR | 0666, makedev(1, 3)), EPERM, EACCES, 0);
    refused("mknod kmsg", mknod(places[i], S_IFCHR | 0666, makedev(1, 11)), EPERM, EACCES, 0);
    unlink(places[i]);
  }
  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
    refused(devices[i], try_open(devices[i], O_RDONLY), ENOENT, 0);
  }
  DIR *directory = opendir("/dev");
  bool is_small = directory != NULL;
  for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
    is_small = is_small && is_known(entry->d_name);
  }
  expect("/dev", is_small, is_small ? "the known nodes" : "other nodes");
  verdict();
}
