/* check: 10
 * attempt: bpf, perf_event_open, userfaultfd, io_uring, kexec, modules, iopl, swap, reboot, quota, clocks
 * expected: EPERM; ENOSYS for io_uring
 * control: root
 */
#include "attack.h"

#include <sys/klog.h>

/* With arguments that do nothing even for the control run's root. */
int main(void) {
  char buffer[128] = {0};
  refused("bpf", syscall(SYS_bpf, 0, buffer, sizeof buffer), EPERM, 0);
  refused("perf_event_open", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0), EPERM, 0);
  refused("userfaultfd", syscall(SYS_userfaultfd, 1), EPERM, 0);
  refused("io_uring_setup", syscall(SYS_io_uring_setup, 1, buffer), ENOSYS, 0);
  refused("io_uring_enter", syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0), ENOSYS, 0);
  refused("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0xffff), EPERM, 0);
  refused("init_module", syscall(SYS_init_module, buffer, 0, ""), EPERM, 0);
  refused("finit_module", syscall(SYS_finit_module, -1, "", 0), EPERM, 0);
  refused("delete_module", syscall(SYS_delete_module, "no_such_module", O_NONBLOCK), EPERM, 0);
  refused("swapon", syscall(SYS_swapon, "/nonexistent", 0), EPERM, 0);
  refused("swapoff", syscall(SYS_swapoff, "/nonexistent"), EPERM, 0);
  refused("reboot", syscall(SYS_reboot, 0, 0, 0, NULL), EPERM, 0);
  refused("acct", syscall(SYS_acct, "/nonexistent"), EPERM, 0);
  refused("quotactl", syscall(SYS_quotactl, 0, NULL, 0, NULL), EPERM, 0);
  refused("syslog", syscall(SYS_syslog, 3, buffer, sizeof buffer), EPERM, 0);
  refused("clock_settime", syscall(SYS_clock_settime, 9999, buffer), EPERM, 0);
  refused("settimeofday", syscall(SYS_settimeofday, (void *)-1L, NULL), EPERM, 0);
  refused("sethostname", syscall(SYS_sethostname, (void *)-1L, 1), EPERM, 0);
  refused("fanotify_init", syscall(SYS_fanotify_init, 0xffff, 0), EPERM, 0);
  refused("move_pages", syscall(SYS_move_pages, 1, 0, NULL, NULL, NULL, 0), EPERM, 0);
  refused("kcmp", syscall(SYS_kcmp, 1, 1, 0, 0, 0), EPERM, 0);
#ifdef SYS_iopl
  refused("iopl", syscall(SYS_iopl, 0), EPERM, 0);
  refused("ioperm", syscall(SYS_ioperm, 0, 0, 0), EPERM, 0);
  refused("modify_ldt", syscall(SYS_modify_ldt, 0, buffer, sizeof buffer), EPERM, 0);
#endif
  verdict();
}
