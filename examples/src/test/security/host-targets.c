/* What the host has that no step may reach: listens on loopback, on an abstract and a filesystem socket,
 * and makes a System V segment and a POSIX queue. Prints their names, waits for the end of its input, and
 * tells how many visitors came. Usage: host-targets DIRECTORY */
#include "attack.h"

#include <arpa/inet.h>
#include <mqueue.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { LISTENERS = 5 };

static _Noreturn void stop(const char *what) {
  perror(what);
  exit(2);
}

static int listen_on(const void *address, socklen_t length, int family, int kind) {
  int fd = socket(family, kind | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, address, length) < 0 || (kind == SOCK_STREAM && listen(fd, 64) < 0)) {
    stop("listen");
  }
  return fd;
}

static int port_of(int fd) {
  struct sockaddr_in6 address;
  socklen_t length = sizeof address;
  getsockname(fd, (struct sockaddr *)&address, &length);
  return ntohs(address.sin6_port);
}

int main(int count, char **arguments) {
  if (count != 2) {
    stop("usage: host-targets DIRECTORY");
  }
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_un file = {.sun_family = AF_UNIX}, abstract = {.sun_family = AF_UNIX};
  snprintf(file.sun_path, sizeof file.sun_path, "%s/host.socket", arguments[1]);
  int length = snprintf(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "stepbox-check-%d",
                        (int)getpid());
  umask(0);
  unlink(file.sun_path);
  struct pollfd listeners[LISTENERS + 1] = {
      {listen_on(&v4, sizeof v4, AF_INET, SOCK_STREAM), POLLIN, 0},
      {listen_on(&v4, sizeof v4, AF_INET, SOCK_DGRAM), POLLIN, 0},
      {listen_on(&v6, sizeof v6, AF_INET6, SOCK_STREAM), POLLIN, 0},
      {listen_on(&file, sizeof file, AF_UNIX, SOCK_STREAM), POLLIN, 0},
      {listen_on(&abstract, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length),
                 AF_UNIX, SOCK_STREAM),
       POLLIN, 0},
      {STDIN_FILENO, POLLIN, 0},
  };
  int segment = shmget(0x57e90000 | (getpid() & 0xffff), 4096, IPC_CREAT | IPC_EXCL | 0666);
  char queue[32];
  snprintf(queue, sizeof queue, "/stepbox-check-%d", (int)getpid());
  mqd_t messages = mq_open(queue, O_CREAT | O_EXCL | O_RDWR, 0666, NULL);
  if (segment < 0 || messages < 0) {
    stop("ipc");
  }
  printf("HOST_TCP=%d\nHOST_UDP=%d\nHOST_TCP6=%d\nHOST_SOCKET=%s\nHOST_ABSTRACT=%s\n"
         "HOST_SHM=%d\nHOST_QUEUE=%s\nready\n",
         port_of(listeners[0].fd), port_of(listeners[1].fd), port_of(listeners[2].fd), file.sun_path,
         abstract.sun_path + 1, 0x57e90000 | (getpid() & 0xffff), queue);
  fflush(stdout);
  unsigned visitors = 0;
  while (poll(listeners, LISTENERS + 1, -1) > 0 && listeners[LISTENERS].revents == 0) {
    for (unsigned i = 0; i < LISTENERS; i++) {
      if (listeners[i].revents != 0) {
        char byte;
        int visitor = i == 1 ? (int)recv(listeners[i].fd, &byte, 1, 0) : accept(listeners[i].fd, NULL, NULL);
        visitors++;
        if (i != 1 && visitor >= 0) {
          close(visitor);
        }
      }
    }
  }
  shmctl(segment, IPC_RMID, NULL);
  mq_unlink(queue);
  unlink(file.sun_path);
  printf("%u visitors\n", visitors);
  return 0;
}
