/* check: 7
 * attempt: ptrace, process_vm_readv, pidfd_getfd, /proc/PID/mem of process 1 and of the engine
 * expected: EPERM or EACCES for process 1, ESRCH or ENOENT for the engine
 * control: namespaces
 */
#include "attack.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

static void attack(const char *who, int pid) {
  char buffer[16], path[48];
  struct iovec here = {buffer, sizeof buffer}, there = {&buffer, sizeof buffer};
  static const char *const files[] = {"mem", "environ", "maps", "root", "cwd", "exe", "fd/0"};
  refused(who, ptrace(PTRACE_SEIZE, pid, NULL, NULL), EPERM, ESRCH, 0);
  refused(who, process_vm_readv(pid, &here, 1, &there, 1, 0), EPERM, ESRCH, 0);
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (process >= 0) {
    refused(who, syscall(SYS_pidfd_getfd, process, 0, 0), EPERM, 0);
  } else {
    refused(who, process, ESRCH, 0);
  }
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
    refused(path, try_open(path, O_RDONLY), EACCES, EPERM, ENOENT, 0);
  }
}

int main(void) {
  attack("process 1", 1);
  attack("engine", (int)number_from("ENGINE_PID"));
  verdict();
}
