/* check: 34
 * attempt: open a System V segment and a POSIX queue of the host
 * expected: ENOENT; none listed
 * control: user
 */
#include "attack.h"

#include <mqueue.h>
#include <sys/shm.h>

int main(void) {
  char line[512];
  unsigned count = 0;
  const char *queue = getenv("HOST_QUEUE");
  refused("segment", shmget((key_t)number_from("HOST_SHM"), 0, 0), ENOENT, 0);
  refused("queue", mq_open(queue == NULL ? "/none" : queue, O_RDONLY), ENOENT, 0);
  refused("shared file", try_open("/dev/mqueue", O_RDONLY), ENOENT, 0);
  FILE *table = fopen("/proc/sysvipc/shm", "re");
  while (table != NULL && fgets(line, sizeof line, table) != NULL) {
    count++;
  }
  expect("list", count <= 1, count <= 1 ? "none listed" : "listed");
  verdict();
}
