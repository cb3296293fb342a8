/* Connections are accepted outside of the user namespace, and handed in. */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"
#include "orders.h"

enum { LISTENER, DOOR };

bool door_is_needed(const struct options *options) {
  uint32_t own = (uint32_t)getuid();
  if (options->chroots != NULL) {
    return false; /* there is no user namespace to be inside of */
  }
  for (unsigned i = 0; i < options->uids.count; i++) {
    const struct id_line *line = &options->uids.lines[i];
    if (own >= line->outside && own - line->outside < line->count) {
      return false;
    }
  }
  return true;
}

/* What is not needed to accept and to hand in. That some of it is not ours to drop is no reason to stop. */
static void renounce(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
  if (chdir("/") < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
      prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || syscall(SYS_capset, &header, none) < 0) {
    errno = 0;
  }
}

/* So that whoever reads the starter's streams sees their end. */
static void keep_only(int listener, int door) {
  int aside_listener = fcntl(listener, F_DUPFD_CLOEXEC, DOOR + 1);
  int aside_door = fcntl(door, F_DUPFD_CLOEXEC, DOOR + 1);
  if (aside_listener < 0 || aside_door < 0 || dup3(aside_listener, LISTENER, O_CLOEXEC) < 0 ||
      dup3(aside_door, DOOR, O_CLOEXEC) < 0 || kernel_close_range(DOOR + 1, ~0U, 0) < 0) {
    _exit(1);
  }
}

static bool is_own(int connection) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == (uint32_t)getuid();
}

static void let_in(void) {
  cleanup_fd int connection = accept4(LISTENER, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0 || !is_own(connection)) {
    return;
  }
  struct order order = {0};
  send_order(DOOR, &order, NULL, &connection, 1); /* on failure its end is seen at once */
}

void door_keep(int listener, int door) {
  keep_only(listener, door);
  renounce();
  struct pollfd watched[] = {[LISTENER] = {.fd = LISTENER, .events = POLLIN},
                             [DOOR] = {.fd = DOOR, .events = POLLIN}};
  for (;;) {
    if (poll(watched, COUNT_OF(watched), -1) < 0) {
      continue; /* EINTR or ENOMEM: again */
    }
    if (watched[DOOR].revents != 0) {
      _exit(0); /* the supervisor says nothing: this is its end */
    }
    if (watched[LISTENER].revents != 0) {
      let_in();
    }
  }
}

int door_receive(int door) {
  struct order order;
  int fds[ORDER_DESCRIPTORS_MAX], count = 0;
  if (receive_order(door, &order, NULL, 0, fds, &count) < 0) {
    return -1;
  }
  return count == 1 ? fds[0] : -1;
}
