/* check: 12
 * attempt: calls of i386 by int 0x80, of x32; personalities without protection; modify_ldt
 * expected: SIGSYS; ENOSYS; EPERM
 * runtimes: calls of x32 end the step with SIGSYS, as libseccomp does with every foreign architecture
 * through: killed signal|failed 159
 * control: user
 */
#include "attack.h"

#include <signal.h>
#include <sys/personality.h>
#include <sys/wait.h>

#ifdef __x86_64__
static long call_i386(long number, long argument) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(argument), "c"(0), "d"(0) : "memory");
  return result;
}

/* What a call of i386 does to a child. */
static void i386(const char *name, long number, long argument) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    call_i386(number, argument);
    _exit(0);
  }
  waitpid(child, &status, 0);
  bool is_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
  expect(name, is_killed, is_killed ? "SIGSYS" : "alive");
}
#endif

int main(void) {
#ifdef __x86_64__
  i386("getpid of i386", 20, 0);
  i386("unshare of i386", 310, 0x10000000);
  i386("socketcall of i386", 102, 1);
  refused("getpid of x32", syscall(0x40000000 | SYS_getpid), ENOSYS, 0);
  refused("ptrace of x32", syscall(0x40000000 | 521, 0, 0, 0, 0), ENOSYS, 0);
  refused("modify_ldt", syscall(SYS_modify_ldt, 0, NULL, 0), EPERM, 0);
#endif
  static const unsigned long weak[] = {ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, MMAP_PAGE_ZERO,
                                       ADDR_COMPAT_LAYOUT, ADDR_LIMIT_3GB};
  for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
    refused("personality", personality(weak[i]), EPERM, 0);
  }
  verdict();
}
