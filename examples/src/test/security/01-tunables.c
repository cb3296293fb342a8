/* check: 1
 * attempt: open the kernel's switches for writing: core_pattern, modprobe, vm, fs, net, sysrq-trigger
 * expected: EROFS or EACCES
 * control: root
 */
#include "attack.h"

static const char *const switches[] = {
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/modprobe",     "/proc/sys/kernel/randomize_va_space",
    "/proc/sys/kernel/printk",       "/proc/sys/kernel/pid_max",
    "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches",
    "/proc/sys/vm/swappiness",       "/proc/sys/fs/suid_dumpable",
    "/proc/sys/fs/file-max",         "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/user/max_user_namespaces", "/proc/sysrq-trigger",
    "/proc/irq/default_smp_affinity",
};

int main(void) {
  for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
    if (access(switches[i], F_OK) == 0) {
      /* Opened and not written: the control run has the rights to do harm. */
      refused(switches[i], try_open(switches[i], O_WRONLY), EROFS, EACCES, 0);
    }
  }
  verdict();
}
