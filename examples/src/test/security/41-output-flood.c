/* check: 41
 * attempt: 48 MiB of output as fast as it goes, in one line: NUL, ANSI and broken UTF-8
 * expected: the build goes on; what is shown is harmless text
 * control: none: it is the host that looks
 */
#include "attack.h"

enum { COUNT = 48 };

int main(void) {
  static char block[1 << 20];
  static const char pattern[] = "\033]0;title\007\033[2J\0\377\376\302\233x";
  for (size_t i = 0; i < sizeof block; i++) {
    block[i] = pattern[i % (sizeof pattern - 1)];
  }
  bool is_written = true;
  for (int i = 0; i < COUNT; i++) {
    is_written = is_written && write(1, block, sizeof block) == sizeof block;
  }
  printf("\n");
  expect("write", is_written, is_written ? "all was taken" : "cut short");
  verdict();
}
