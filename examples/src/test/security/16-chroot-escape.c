/* check: 16
 * attempt: leave the root by a second chroot and an open directory, as out of an old chroot jail
 * expected: only the image's own files, or EPERM
 * control: none: the root of a plain process is the machine's
 */
#include "attack.h"

#include <sys/stat.h>

int main(void) {
  bool is_root = geteuid() == 0;
  int outside = open("/", O_RDONLY | O_DIRECTORY);
  mkdir("/tmp/jail", 0755);
  long jailed = chroot("/tmp/jail");
  if (!is_root) {
    refused("chroot", jailed, EPERM, 0);
    verdict();
  }
  fchdir(outside);
  for (int i = 0; i < 64; i++) {
    if (chdir("..") < 0) {
      break;
    }
  }
  chroot(".");
  /* The attack programs lie in the image and nowhere else. */
  bool is_image = access("/checks/16-chroot-escape", F_OK) == 0;
  expect("chroot", is_image, is_image ? "the image's root" : "another root");
  expect("host", access("/etc/shadow", F_OK) < 0, "no file of the host");
  verdict();
}
