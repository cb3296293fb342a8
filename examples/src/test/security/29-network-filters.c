/* check: 29
 * attempt: reach netfilter and traffic control: nftables, iptables' options, fsconfig with a long text
 * expected: EAFNOSUPPORT, EPERM
 * runtimes: nftables and xfrm are refused with EPERM, as in 11
 * through: (nftables|xfrm): EPERM
 * control: namespaces
 */
#include "attack.h"

#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  char options[128] = {0};
  socklen_t length = sizeof options;
  refused("nftables", socket(AF_NETLINK, SOCK_RAW, 12), EAFNOSUPPORT, 0);
  refused("xfrm", socket(AF_NETLINK, SOCK_RAW, 6), EAFNOSUPPORT, 0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  refused("iptables set", setsockopt(fd, IPPROTO_IP, 64, options, length), EPERM, 0);
  refused("iptables get", getsockopt(fd, IPPROTO_IP, 64, options, &length), EPERM, 0);
  int fd6 = socket(AF_INET6, SOCK_DGRAM, 0);
  refused("ip6tables set", setsockopt(fd6, IPPROTO_IPV6, 64, options, sizeof options), EPERM, 0);
  refused("legacy parameters", syscall(SYS_fsopen, "ext4", 0), EPERM, 0);
  refused("fsconfig", syscall(SYS_fsconfig, -1, 1, "\0", "AAAAAAAA", 0), EPERM, 0);
  verdict();
}
