/* check: 26
 * attempt: raw and packet sockets, ARP; change addresses, routes and filters of the network
 * expected: EPERM, EAFNOSUPPORT
 * runtimes: packet sockets are refused with EPERM, as in 11
 * through: packets: EPERM
 * control: namespaces
 */
#include "attack.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(void) {
  refused("raw ICMP", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM, 0);
  refused("raw IP", socket(AF_INET, SOCK_RAW, IPPROTO_RAW), EPERM, 0);
  refused("raw IPv6", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), EPERM, 0);
  refused("packets", socket(AF_PACKET, SOCK_RAW, 0x300), EAFNOSUPPORT, 0);
  refused("packets", socket(AF_PACKET, SOCK_DGRAM, 0x300), EAFNOSUPPORT, 0);
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_PROMISC};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  refused("set flags", ioctl(fd, SIOCSIFFLAGS, &request), EPERM, 0);
  refused("set the size of packets", ioctl(fd, SIOCSIFMTU, &request), EPERM, 0);
  refused("mark packets", setsockopt(fd, SOL_SOCKET, SO_MARK, &fd, sizeof fd), EPERM, 0);
  verdict();
}
