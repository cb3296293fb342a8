/* check: 40
 * attempt: leave 20,000 empty files, 2,000 directories in each other, names of 255 bytes, closed directories
 * expected: they are removed after the build
 * control: none: it is the host that looks
 */
#include "attack.h"

#include <sys/stat.h>

enum { FILES = 20000, DEPTH = 2000, NAME = 255 };

int main(void) {
  char name[NAME + 1];
  bool made = chdir(write_layer()) == 0 && mkdir("many", 0755) == 0 && mkdir("deep", 0755) == 0 && chdir("many") == 0;
  for (int i = 0; i < FILES && made; i++) {
    snprintf(name, sizeof name, "%d", i);
    int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0);
    made = fd >= 0;
    close(fd);
  }
  memset(name, 'n', NAME);
  name[NAME] = 0;
  made = made && mkdir(name, 0755) == 0 && chdir("../deep") == 0;
  for (int i = 0; i < DEPTH && made; i++) {
    made = mkdir("d", 0755) == 0 && chdir("d") == 0;
  }
  made = made && chdir(write_layer()) == 0 && chmod("many", 0) == 0 && mkdir("closed", 0) == 0;
  expect("make", made, made ? "made; the host removed them" : "not made");
  verdict();
}
