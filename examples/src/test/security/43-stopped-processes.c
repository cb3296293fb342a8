/* check: 43
 * attempt: outlive a time limit by being stopped, traced, or inside of vfork
 * expected: killed at the time limit
 * control: none: without a time limit there is nothing to outlive
 * step: timeout: 1s
 * ends: killed timeout
 */
#include "attack.h"

#include <signal.h>
#include <sys/ptrace.h>

int main(void) {
  signal(SIGTERM, SIG_IGN);
  pid_t traced = fork();
  if (traced == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    pause();
  }
  pid_t forked = fork();
  if (forked == 0) {
    if (vfork() == 0) {
      pause();
    }
    _exit(0);
  }
  raise(SIGSTOP);
  expect("outlive", false, "went on");
  verdict();
}
