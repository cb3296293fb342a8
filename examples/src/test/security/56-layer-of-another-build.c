/* check: 56
 * attempt: change a file of the image by writing, truncating, linking, chmod, and a map
 * expected: the step's own copy changes at most; the layer in the store does not
 * control: none: it is the host that looks
 */
#include "attack.h"

#include <sys/mman.h>
#include <sys/stat.h>

int main(void) {
  bool is_root = geteuid() == 0;
  int kept = open("/checks/victim", O_RDONLY | O_CLOEXEC);
  link("/checks/victim", "/checks/linked");
  chmod("/checks/victim", 0666);
  int fd = open("/checks/victim", O_RDWR | O_CLOEXEC);
  if (is_root) {
    expect("write", pwrite(fd, "broken", 6, 0) == 6, "a copy was written");
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) {
      memcpy(map, "BROKEN", 6);
      msync(map, 4096, MS_SYNC);
    }
    truncate("/checks/linked", 0);
    unlink("/checks/victim");
  } else {
    refused("write", fd, EACCES, 0);
  }
  char text[16] = "";
  pread(kept, text, 6, 0);
  expect("file that was open before", strcmp(text, "as it ") == 0 || is_root, "layer unchanged");
  verdict();
}
