/* Pseudo terminals. */
#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

int terminal_resize(int master, uint32_t rows, uint32_t columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  return ioctl(master, TIOCSWINSZ, &size);
}

int terminal_open(uint32_t uid, uint32_t rows, uint32_t columns, int *slave, struct failure *why) {
  cleanup_fd int master =
      open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  int unlocked = 0;
  if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0) {
    return fail(why, "terminal", "/dev/pts/ptmx");
  }
  /* Not by name: the step's root could have put something else there. */
  cleanup_fd int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (peer < 0 || fchown(peer, uid, (gid_t)-1) < 0 || terminal_resize(master, rows, columns) < 0) {
    return fail(why, "terminal", "slave");
  }
  *slave = steal_fd(&peer);
  return steal_fd(&master);
}
