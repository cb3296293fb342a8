/* check: 2
 * attempt: read kcore, keys, timer_list, interrupts, kmsg, iomem, kallsyms, /sys/firmware, powercap
 * expected: absent, empty, refused, or addresses hidden
 * control: root
 */
#include "attack.h"

#include <ctype.h>

static const char *const files[] = {
    "/proc/kcore",      "/proc/keys",       "/proc/timer_list",  "/proc/interrupts",
    "/proc/timer_stats", "/proc/latency_stats", "/proc/sched_debug", "/proc/acpi",
    "/proc/scsi",       "/proc/asound",     "/proc/kmsg",        "/proc/slabinfo",
    "/proc/vmallocinfo", "/proc/pagetypeinfo", "/proc/kpageflags", "/sys/firmware",
    "/sys/class/powercap", "/sys/kernel/debug", "/sys/devices/virtual/dmi/id/product_serial",
};

/* Lines of these begin with addresses, which the kernel shows as zeros to those without privilege. */
static const char *const addresses[] = {"/proc/kallsyms", "/proc/iomem", "/proc/ioports"};

static void look(const char *path) {
  char buffer[64];
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    refused(path, fd, ENOENT, EACCES, EPERM, 0);
    return;
  }
  long got = read(fd, buffer, sizeof buffer);
  if (got < 0 && errno == EISDIR) {
    char entries[1024];
    long length = syscall(SYS_getdents64, fd, entries, sizeof entries);
    bool is_empty = length >= 0 && length <= 48; /* "." and ".." */
    expect(path, is_empty, is_empty ? "empty" : "entries");
  } else if (got < 0) {
    refused(path, got, EACCES, EPERM, 0);
  } else {
    expect(path, got == 0, got == 0 ? "empty" : "content");
  }
  close(fd);
}

static void look_for_addresses(const char *path) {
  char line[256];
  FILE *file = fopen(path, "re");
  bool is_hidden = true;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    for (const char *at = line; isxdigit((unsigned char)*at) || isspace((unsigned char)*at); at++) {
      is_hidden = is_hidden && !(isxdigit((unsigned char)*at) && *at != '0');
    }
  }
  expect(path, is_hidden, file == NULL ? "absent" : is_hidden ? "zeros" : "addresses");
}

int main(void) {
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    look(files[i]);
  }
  for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
    look_for_addresses(addresses[i]);
  }
  verdict();
}
