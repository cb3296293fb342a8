/* check: 39
 * attempt: fill a write layer
 * expected: the step is ended at its cap of disk
 * control: user
 * step: caps: {disk: 16MiB}
 * ends: killed disk
 */
#include "attack.h"

enum { COUNT = 96 };

int main(void) {
  static char block[1 << 20];
  bool is_there = chdir(write_layer()) == 0;
  int fd = open("stepbox-check-fill", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  for (int i = 0; i < COUNT && is_there && write(fd, block, sizeof block) > 0; i++) {
  }
  if (getenv("STEPBOX") == NULL) {
    unlink("stepbox-check-fill");
  }
  expect("fill", false, "filled it");
  verdict();
}
