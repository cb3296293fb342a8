/* check: 32
 * attempt: see the host's processes, connections, interfaces, kernel log, /sys; uptime, boot time, load
 * expected: none of the host's
 * control: user
 * deviation: uptime, boot time, load, memory and processors in /proc, the kernel's version and its command line are those of the machine. Builds read them to choose how much to do at once, Linux separates only the two times, and other engines show them, too.
 */
#include "attack.h"

#include <dirent.h>

static unsigned lines(const char *path) {
  char line[512];
  unsigned count = 0;
  FILE *file = fopen(path, "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    count++;
  }
  return count;
}

/* Whether somebody listens on the port of the host, as the kernel tells it. */
static bool listens(long port) {
  char line[512];
  unsigned found;
  FILE *file = fopen("/proc/net/tcp", "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "%*d: %*x:%x", &found) == 1 && found == (unsigned)port) {
      return true;
    }
  }
  return false;
}

static unsigned processes(void) {
  unsigned count = 0;
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;) {
    count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
  }
  return count;
}

int main(void) {
  char log[64];
  refused("kernel log", syscall(SYS_syslog, 3, log, sizeof log), EPERM, 0);
  expect("processes", processes() <= 4, processes() <= 4 ? "own processes" : "more processes");
  bool is_foreign = listens(number_from("HOST_TCP"));
  expect("connections", !is_foreign, is_foreign ? "the host's connections" : "own connections");
  expect("interfaces", lines("/proc/net/dev") <= 4, "own interfaces");
  expect("semaphores", lines("/proc/sysvipc/sem") <= 1, "own semaphores");
  refused("/sys/kernel", try_open("/sys/kernel", O_RDONLY), ENOENT, 0);
  refused("/sys/class/net", try_open("/sys/class/net", O_RDONLY), ENOENT, 0);
  refused("/proc/kpagecount", try_open("/proc/kpagecount", O_RDONLY), EACCES, ENOENT, 0);
  bool is_shown = lines("/proc/uptime") == 1;
  seen(is_shown ? "uptime of the machine" : "no uptime");
  verdict_or(is_shown ? DEVIATES : HELD);
}
