/* check: 39
 * attempt: fill a cache that outlives the build
 * expected: the step is ended at its cap of disk
 * control: user
 * step: caps: {disk: 16MiB}
 * step: cache: kept-{whom}-{maker}
 * ends: killed disk
 */
#include "attack.h"

#include <glob.h>

enum { COUNT = 96 };

int main(void) {
  static char block[1 << 20];
  /* Outside of a sandbox, where there is none, the present directory does. */
  glob_t kept = {0};
  bool is_there = (glob("/workspace/kept-*", 0, NULL, &kept) == 0 && chdir(kept.gl_pathv[0]) == 0) ||
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
