/* check: 25
 * attempt: reach the host's loopback and link-local and metadata addresses, also past all routes
 * expected: refused or unreachable
 * control: user
 */
/* Past the routing table: by sockets that are bound to the interface, and datagrams that name it. */
#include "attack.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#define INTERFACE "eth0"

enum { PATIENCE_MS = 500 };

/* The first gateway of the routing table, or loopback. */
static const char *gateway(void) {
  static char text[INET_ADDRSTRLEN] = "127.0.0.1";
  char line[256];
  unsigned destination, address;
  FILE *table = fopen("/proc/net/route", "re");
  while (table != NULL && fgets(line, sizeof line, table) != NULL) {
    if (sscanf(line, "%*s %x %x", &destination, &address) == 2 && destination == 0) {
      struct in_addr in = {address};
      inet_ntop(AF_INET, &in, text, sizeof text);
    }
  }
  return text;
}

static void bind_to_interface(int fd) {
  setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, INTERFACE, sizeof INTERFACE);
}

static void visit_by(const char *address, long port, bool is_bound) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
  int error = 0;
  socklen_t length = sizeof error;
  if (!is_v4) {
    inet_pton(AF_INET6, address, &v6.sin6_addr);
  }
  int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (is_bound) {
    bind_to_interface(fd);
  }
  if (is_v4 ? connect(fd, (struct sockaddr *)&v4, sizeof v4) < 0
            : connect(fd, (struct sockaddr *)&v6, sizeof v6) < 0) {
    error = errno;
  }
  struct pollfd poller = {fd, POLLOUT, 0};
  if (error == EINPROGRESS) {
    if (poll(&poller, 1, PATIENCE_MS) == 1) {
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    } else {
      error = ETIMEDOUT;
    }
  }
  close(fd);
  expect(address, error != 0, error == 0 ? "connected" : "not reached");
}

static void visit(const char *address, long port) {
  visit_by(address, port, false);
  visit_by(address, port, true);
}

/* By a message that says by which interface it goes. */
static void send_by_interface(int fd, struct sockaddr_in *to) {
  char about[CMSG_SPACE(sizeof(struct in_pktinfo))] = {0};
  struct iovec content = {"x", 1};
  struct msghdr message = {.msg_name = to,
                           .msg_namelen = sizeof *to,
                           .msg_iov = &content,
                           .msg_iovlen = 1,
                           .msg_control = about,
                           .msg_controllen = sizeof about};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  struct in_pktinfo where = {.ipi_ifindex = (int)if_nametoindex(INTERFACE)};
  header->cmsg_level = IPPROTO_IP;
  header->cmsg_type = IP_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof where);
  memcpy(CMSG_DATA(header), &where, sizeof where);
  sendmsg(fd, &message, 0);
}

int main(void) {
  long port = number_from("HOST_TCP"), port6 = number_from("HOST_TCP6");
  visit("127.0.0.1", port);
  visit("127.1.2.3", port);
  visit("0.0.0.0", port);
  visit("::1", port6);
  visit("::ffff:127.0.0.1", port);
  visit(gateway(), port);
  visit("169.254.169.254", 80);
  visit("169.254.0.1", 80);
  visit("169.254.1.1", port);
  visit("fe80::1", port6);
  visit("fd00:ec2::254", 80);
  visit("fd20:ce::254", 80);
  visit("100.100.100.200", 80);
  struct sockaddr_in datagram = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)number_from("HOST_UDP")),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  /* Whether it came is counted by the host. */
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(fd, "x", 1, 0, (struct sockaddr *)&datagram, sizeof datagram);
  send_by_interface(fd, &datagram);
  bind_to_interface(fd);
  sendto(fd, "x", 1, 0, (struct sockaddr *)&datagram, sizeof datagram);
  close(fd);
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  inet_pton(AF_INET, gateway(), &datagram.sin_addr);
  sendto(fd, "x", 1, 0, (struct sockaddr *)&datagram, sizeof datagram);
  verdict();
}
