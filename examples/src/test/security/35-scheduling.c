/* check: 35
 * attempt: real time scheduling, negative nice, real time disk priority, processors beyond one's own
 * expected: EPERM, EACCES
 * control: root
 */
#include "attack.h"

#include <sched.h>
#include <sys/resource.h>

int main(void) {
  struct sched_param parameters = {.sched_priority = 1};
  cpu_set_t before, wanted, after;
  /* The raw calls: musl has none for the scheduler. */
  refused("FIFO", syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameters), EPERM, 0);
  refused("RR", syscall(SYS_sched_setscheduler, 0, SCHED_RR, &parameters), EPERM, 0);
  refused("nice", setpriority(PRIO_PROCESS, 0, -5), EACCES, EPERM, 0);
  refused("real time disk priority", syscall(SYS_ioprio_set, 1, 0, 1 << 13), EPERM, 0);
  refused("locked memory", setrlimit(RLIMIT_RTPRIO, &(struct rlimit){99, 99}), EPERM, 0);
  CPU_ZERO(&before);
  CPU_ZERO(&after);
  memset(&wanted, 0xff, sizeof wanted);
  syscall(SYS_sched_getaffinity, 0, sizeof before, &before);
  syscall(SYS_sched_setaffinity, 0, sizeof wanted, &wanted);
  syscall(SYS_sched_getaffinity, 0, sizeof after, &after);
  bool is_same = CPU_COUNT(&before) == CPU_COUNT(&after);
  expect("processors", is_same, is_same ? "the same processors" : "more processors");
  verdict();
}
