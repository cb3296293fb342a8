/* check: 36
 * attempt: fork without end, as :(){ :|:& };: does
 * expected: EAGAIN at the cap
 * control: user
 * step: caps: {pids: 64}
 */
#include "attack.h"

#include <signal.h>
#include <sys/prctl.h>

enum { ENOUGH = 400 };

int main(void) {
  int count = 0;
  pid_t child = 0, parent = getpid();
  while (count < ENOUGH && (child = fork()) > 0) {
    count++;
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) { /* else it has ended before that was said */
      pause();
    }
    _exit(0);
  }
  if (child < 0) {
    refused("fork", child, EAGAIN, 0);
    expect("count", count < 64, "stopped below the cap");
  } else {
    expect("fork", false, "no end");
  }
  verdict();
}
