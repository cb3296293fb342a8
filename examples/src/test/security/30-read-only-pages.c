/* check: 30
 * attempt: write to a file of the image through the page cache, as Dirty Pipe and Dirty COW did
 * expected: the file of the layer stays as it was, in the step and in the store
 * control: none: kernels since 5.16.11 are mended
 */
#include "attack.h"

#include <sys/mman.h>

static const char victim[] = "/checks/victim";

static bool is_as_it_was(void) {
  char text[32] = "";
  int fd = open(victim, O_RDONLY | O_CLOEXEC);
  return read(fd, text, sizeof text - 1) > 0 && strcmp(text, "as it was\n") == 0;
}

int main(void) {
  static char page[4096];
  int pipes[2];
  int fd = open(victim, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || pipe(pipes) < 0) {
    expect("open", false, "cannot open");
    verdict();
  }
  for (int i = 0; i < 16; i++) {
    write(pipes[1], page, sizeof page);
  }
  for (int i = 0; i < 16; i++) {
    read(pipes[0], page, sizeof page);
  }
  loff_t at = 0;
  splice(fd, &at, pipes[1], NULL, 1, 0);
  write(pipes[1], "broken", 6);
  expect("dirty pipe", is_as_it_was(), is_as_it_was() ? "unchanged" : "changed");
  void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  refused("writable map", map == MAP_FAILED ? -1 : 0, EACCES, 0);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  madvise(map, 4096, MADV_DONTNEED);
  int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  /* Copies the private page; before 4.8.3 a race with MADV_DONTNEED wrote to the file ("Dirty COW"). */
  for (int i = 0; i < 200; i++) {
    pwrite(memory, "broken", 6, (off_t)(uintptr_t)map);
    madvise(map, 4096, MADV_DONTNEED);
  }
  expect("dirty cow", is_as_it_was(), is_as_it_was() ? "unchanged" : "changed");
  verdict();
}
