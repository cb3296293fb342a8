/* check: 22
 * attempt: TIOCSTI, TIOCLINUX, TIOCSETD on the step's terminal, also with high bits set; a foreign terminal
 * expected: EPERM; one terminal, which is the step's own
 * runtimes: the terminal of the step is /dev/console, too
 * through: console: success
 * control: user
 * terminal: yes
 */
#include "attack.h"

#include <sys/ioctl.h>

int main(void) {
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  for (int fd = 0; fd < 3; fd++) {
    refused("TIOCSTI", ioctl(fd, TIOCSTI, "x"), EPERM, 0);
    refused("TIOCSTI with high bits", syscall(SYS_ioctl, fd, 0x100000000 | TIOCSTI, "x"), EPERM, 0);
    refused("TIOCLINUX", ioctl(fd, TIOCLINUX, "\3"), EPERM, 0);
    refused("TIOCSETD", ioctl(fd, TIOCSETD, "\0\0\0"), EPERM, 0);
  }
  if (terminal >= 0) {
    refused("TIOCSTI on /dev/tty", ioctl(terminal, TIOCSTI, "x"), EPERM, 0);
  }
  refused("console", try_open("/dev/console", O_RDWR), ENOENT, 0);
  refused("terminal 1", try_open("/dev/tty1", O_RDWR), ENOENT, 0);
  refused("another terminal", try_open("/dev/pts/1", O_RDWR), ENOENT, 0);
  verdict();
}
