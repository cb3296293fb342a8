/* check: 38
 * attempt: go round the cap of memory by swap
 * expected: the cap holds for memory and swap together
 * control: user
 * step: caps: {memory: 32MiB}
 */
#include "attack.h"

int main(void) {
  char line[128];
  long total = 0;
  FILE *file = fopen("/proc/meminfo", "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    sscanf(line, "SwapTotal: %ld", &total);
  }
  if (getenv("STEPBOX") != NULL && total == 0) {
    not_applicable("this machine has no swap; CapsIT holds the setting");
  }
  /* With swap, what is touched beyond the cap would not kill. */
  for (int i = 0; i < 128; i++) {
    char *memory = malloc(1 << 20);
    memset(memory, i + 1, 1 << 20);
  }
  expect("touch", false, "touched it all");
  verdict();
}
