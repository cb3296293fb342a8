/* check: 23
 * attempt: connect to an abstract socket of the host
 * expected: ECONNREFUSED
 * control: user
 */
#include "attack.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *name = getenv("HOST_ABSTRACT");
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  strncpy(address.sun_path + 1, name == NULL ? "" : name, sizeof address.sun_path - 2);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1));
  refused("connect", connect(fd, (struct sockaddr *)&address, length), ECONNREFUSED, 0);
  char line[512];
  unsigned abstract = 0;
  FILE *table = fopen("/proc/net/unix", "re");
  while (table != NULL && fgets(line, sizeof line, table) != NULL) {
    abstract += strchr(line, '@') != NULL;
  }
  expect("list", abstract == 0, abstract == 0 ? "none listed" : "listed");
  verdict();
}
