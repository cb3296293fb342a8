/* check: 37
 * attempt: touch four times the memory of the cap
 * expected: the step is killed for memory, exit code 137
 * control: user
 * step: caps: {memory: 32MiB}
 * ends: killed oom
 */
#include "attack.h"

enum { MEBIBYTE = 1 << 20, COUNT = 128 };

int main(void) {
  for (int i = 0; i < COUNT; i++) {
    char *memory = malloc(MEBIBYTE);
    if (memory == NULL) {
      break;
    }
    memset(memory, i + 1, MEBIBYTE);
  }
  expect("touch", false, "touched it all");
  verdict();
}
