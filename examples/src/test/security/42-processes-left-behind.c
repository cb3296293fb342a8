/* check: 42
 * attempt: leave daemons that ignore signals and hold the output open, and 200 zombies
 * expected: the step ends with its main process, and all of them with it
 * control: none: it is the host that looks
 * step: timeout: 60s
 */
#include "attack.h"

#include <signal.h>

enum { ZOMBIES = 200, DAEMONS = 8 };

static void become_daemon(void) {
  if (fork() > 0) {
    _exit(0);
  }
  setsid();
  for (int number = 1; number <= 64; number++) {
    signal(number, SIG_IGN);
  }
  pause();
  sleep(600);
}

int main(void) {
  unsigned made = 0;
  for (int i = 0; i < DAEMONS; i++) {
    pid_t child = fork();
    if (child == 0) {
      become_daemon();
    }
    made += child > 0;
  }
  for (int i = 0; i < ZOMBIES; i++) {
    pid_t child = fork();
    if (child == 0) {
      _exit(0);
    }
    made += child > 0;
  }
  bool are_there = made == ZOMBIES + DAEMONS;
  expect("leave", are_there, are_there ? "left behind; the host finds none" : "not left");
  verdict();
}
