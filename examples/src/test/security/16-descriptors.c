/* check: 16
 * attempt: find an open descriptor beyond 0, 1, 2; reach out by the working directory
 * expected: three descriptors; a working directory inside of the root
 * control: user
 * setting: exec 7</;
 */
#include "attack.h"

#include <sys/stat.h>

int main(void) {
  char here[4096], path[32];
  struct stat root, above;
  unsigned open_count = 0;
  for (int fd = 3; fd < 1024; fd++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    open_count += fcntl(fd, F_GETFD) >= 0 || chdir(path) == 0;
  }
  expect("descriptors", open_count == 0, open_count == 0 ? "0, 1, 2" : "more descriptors");
  bool is_inside = syscall(SYS_getcwd, here, sizeof here) > 0 && here[0] == '/';
  expect("working directory", is_inside, is_inside ? "a directory inside" : "unreachable");
  /* Upwards, the way ends at the root. */
  for (int i = 0; i < 64; i++) {
    if (chdir("..") < 0) {
      break;
    }
  }
  bool is_root = stat("/", &root) == 0 && stat(".", &above) == 0 && root.st_ino == above.st_ino &&
                 root.st_dev == above.st_dev;
  expect("upwards", is_root, is_root ? "ends at the root" : "beyond the root");
  verdict();
}
