/* check: 37
 * attempt: fill /dev/shm and /tmp, which lie in memory
 * expected: the step is killed for memory, or ENOSPC
 * control: user
 * step: caps: {memory: 32MiB}
 * ends: killed oom
 */
#include "attack.h"

enum { MEBIBYTE = 1 << 20, COUNT = 96 };

static char block[MEBIBYTE];

int main(void) {
  static const char *const places[] = {"/dev/shm/fill", "/tmp/stepbox-check-fill"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    int fd = open(places[i], O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    memset(block, 1, sizeof block);
    for (int j = 0; j < COUNT && write(fd, block, sizeof block) > 0; j++) {
    }
    if (getenv("STEPBOX") == NULL) {
      unlink(places[i]);
    }
  }
  expect("fill", false, "filled them");
  verdict();
}
