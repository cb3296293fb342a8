/* check: 39
 * attempt: fill a cache that outlives the build
 * expected: the step is ended at its cap of disk
 * control: user
 * step: caps: {disk: 16MiB}
 * step: cache: kept-{whom}
 * ends: killed disk
 */
#include "attack.h"

enum { COUNT = 96 };

int main(void) {
  static char block[1 << 20];
  /* Outside of a sandbox, where neither is, the present directory does. */
  bool is_there = chdir("/workspace/kept-root") == 0 || chdir("/workspace/kept-other") == 0 ||
                  getenv("STEPBOX") == NULL;
  int fd = open("stepbox-check-fill", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  for (int i = 0; i < COUNT && is_there && write(fd, block, sizeof block) > 0; i++) {
  }
  if (getenv("STEPBOX") == NULL) {
    unlink("stepbox-check-fill");
  }
  expect("fill", false, "filled it");
  verdict();
}
