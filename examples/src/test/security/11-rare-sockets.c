/* check: 11
 * attempt: every family but unix, internet, netlink; netlink's audit, netfilter and others; SCTP, UDP-Lite, L2TP
 * expected: EAFNOSUPPORT
 * runtimes: they are refused with EPERM, since the filter of a runtime has one error for all that it does not list
 * through: .*: EPERM
 * control: root
 */
#include "attack.h"

#include <sys/socket.h>

enum { FAMILIES = 46, NETLINK_KINDS = 23 };

int main(void) {
  char name[24];
  for (int family = 0; family < FAMILIES; family++) {
    bool is_usual = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
    if (!is_usual) {
      snprintf(name, sizeof name, "family %d", family);
      refused(name, socket(family, SOCK_DGRAM, 0), EAFNOSUPPORT, 0);
      refused(name, socket(family, SOCK_RAW, 0x300), EAFNOSUPPORT, 0);
      refused(name, socket(family, SOCK_SEQPACKET, 0), EAFNOSUPPORT, 0);
    }
  }
  for (int kind = 1; kind < NETLINK_KINDS; kind++) {
    if (kind != 4 && kind != 15 && kind != 16) { /* sock_diag, uevent, generic: ordinary programs ask these */
      snprintf(name, sizeof name, "netlink %d", kind);
      refused(name, socket(AF_NETLINK, SOCK_RAW, kind), EAFNOSUPPORT, 0);
    }
  }
  const int protocols[][2] = {{SOCK_STREAM, 132}, {SOCK_DGRAM, 136}, {SOCK_DGRAM, 115}, {SOCK_STREAM, 256}};
  for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
    snprintf(name, sizeof name, "protocol %d", protocols[i][1]);
    refused(name, socket(AF_INET, protocols[i][0], protocols[i][1]), EAFNOSUPPORT, 0);
    refused(name, socket(AF_INET6, protocols[i][0], protocols[i][1]), EAFNOSUPPORT, 0);
  }
  int pair[2];
  refused("socketpair of TIPC", socketpair(AF_TIPC, SOCK_STREAM, 0, pair), EAFNOSUPPORT, 0);
  verdict();
}
