/* check: 8
 * attempt: kill every process but itself, process 1 and the engine, with every signal
 * expected: process 1 lives on; no process of the host is reached
 * control: user
 */
#include "attack.h"

#include <signal.h>
#include <sys/wait.h>

int main(void) {
  int engine = (int)number_from("ENGINE_PID");
  for (int number = 1; number <= 64; number++) {
    /* As id 0 the kernel takes it and process 1 ignores it; as another it says EPERM. */
    if (number != 32 && number != 33 && getpid() > 2) {
      syscall(SYS_kill, 1, number);
    }
  }
  refused("engine", kill(engine, 0), ESRCH, 0);
  refused("group of the engine", kill(-engine, 0), ESRCH, 0);
  expect("process 1", access("/proc/1", F_OK) == 0, "process 1 is there");
  verdict();
}
