/* check: 46
 * attempt: find signals blocked or ignored by whoever started the build, SIGPIPE and SIGCHLD among them
 * expected: all have their default
 * control: user
 * setting: trap '' PIPE HUP CHLD;
 */
#include "attack.h"

#include <signal.h>

int main(void) {
  sigset_t blocked;
  unsigned ignored = 0, held = 0;
  sigprocmask(SIG_SETMASK, NULL, &blocked);
  for (int number = 1; number <= 64; number++) {
    struct sigaction action = {0};
    ignored += sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
    held += sigismember(&blocked, number) == 1;
  }
  expect("ignored", ignored == 0, ignored == 0 ? "none ignored" : "ignored");
  expect("blocked", held == 0, held == 0 ? "none blocked" : "blocked");
  verdict();
}
