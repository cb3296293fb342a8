/* check: 37
 * attempt: make the kernel hold memory: full socket buffers, as many as descriptors allow
 * expected: the step is killed for memory, or refused
 * control: user
 * step: caps: {memory: 32MiB}
 * ends: killed oom
 */
#include "attack.h"

#include <sys/resource.h>
#include <sys/socket.h>

enum { PAIRS = 600, BLOCK = 32768, ENOUGH = 96 << 20 };

int main(void) {
  static char block[BLOCK];
  long total = 0;
  int size = 1 << 20, pair[2];
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096});
  for (int i = 0; i < PAIRS && total < ENOUGH; i++) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0) {
      break;
    }
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    for (long sent; (sent = write(pair[0], block, sizeof block)) > 0;) {
      total += sent;
    }
  }
  expect("hold", false, total >= ENOUGH ? "held it all" : "held some");
  verdict();
}
