/* Network namespaces. */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"

int network_raise_loopback(struct failure *why) {
  cleanup_fd int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  return control < 0 || ioctl(control, SIOCSIFFLAGS, &request) < 0 ? fail(why, "loopback", "lo") : 0;
}

struct route_request {
  struct nlmsghdr header;
  struct rtmsg route;
  struct rtattr destination;
  unsigned char address[16];
};

struct route_answer {
  struct nlmsghdr header;
  struct nlmsgerr error;
  char rest[256];
};

/* "ip route add blackhole ADDRESS/PREFIX" */
static int add_blackhole(int netlink, int family, const char *address, unsigned prefix,
                         struct failure *why) {
  size_t size = family == AF_INET ? 4 : 16;
  struct route_request request = {
      .header = {.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(struct rtmsg)) + RTA_LENGTH(size)),
                 .nlmsg_type = RTM_NEWROUTE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
      .route = {.rtm_family = (unsigned char)family,
                .rtm_dst_len = (unsigned char)prefix,
                .rtm_table = RT_TABLE_MAIN,
                .rtm_protocol = RTPROT_STATIC,
                .rtm_scope = RT_SCOPE_UNIVERSE,
                .rtm_type = RTN_BLACKHOLE},
      .destination = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = RTA_DST},
  };
  inet_pton(family, address, request.address);
  struct route_answer answer = {0};
  if (RETRY(send(netlink, &request, request.header.nlmsg_len, 0)) < 0 ||
      RETRY(recv(netlink, &answer, sizeof answer, 0)) < 0) {
    return fail(why, "blackhole", address);
  }
  if (answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error != 0) {
    return fail_with(why, -answer.error.error, "blackhole", address, "route was refused");
  }
  return 0;
}

/* Where clouds answer questions about the machine and hand out its credentials. More specific routes than
 * an egress program's default route, so they win. */
static int block_metadata(struct failure *why) {
  static const struct {
    int family;
    const char *address;
    unsigned prefix;
  } blocked[] = {
      {AF_INET, "169.254.0.0", 16},
      {AF_INET6, "fd00:ec2::254", 128},
      {AF_INET6, "fe80::a9fe:a9fe", 128},
      {AF_INET6, "fd20:ce::254", 128},
  };
  cleanup_fd int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) {
    return fail(why, "blackhole", "netlink");
  }
  for (size_t i = 0; i < COUNT_OF(blocked); i++) {
    if (add_blackhole(netlink, blocked[i].family, blocked[i].address, blocked[i].prefix, why) < 0 &&
        !(blocked[i].family == AF_INET6 &&
          (why->error == EAFNOSUPPORT || why->error == EOPNOTSUPP))) { /* no IPv6 here */
      return -1;
    }
  }
  return 0;
}

static int make_namespace(struct failure *why) {
  return kernel_unshare(CLONE_NEWNET) < 0 ? fail(why, "network", "unshare")
         : network_raise_loopback(why) < 0 ? -1
                                           : block_metadata(why);
}

/* The namespace is made by a child, because no process can come back to the host's network, which belongs
 * to a user namespace above. */
int network_make(struct failure *why) {
  int done[2], go[2];
  if (pipe2(done, O_CLOEXEC) < 0) {
    return fail(why, "network", "pipe");
  }
  cleanup_fd int done_reader = done[0];
  cleanup_fd int done_writer = done[1];
  if (pipe2(go, O_CLOEXEC) < 0) {
    return fail(why, "network", "pipe");
  }
  cleanup_fd int go_reader = go[0];
  cleanup_fd int go_writer = go[1];
  pid_t child = fork();
  if (child < 0) {
    return fail(why, "network", "fork");
  }
  if (child == 0) {
    struct failure result = {0};
    char byte;
    close(go_writer);
    int made = make_namespace(&result);
    bool is_told = RETRY(write(done_writer, &result, sizeof result)) == (ssize_t)sizeof result;
    _exit(made < 0 || !is_told || RETRY(read(go_reader, &byte, 1)) < 0);
  }
  close_and_forget(&done_writer);
  int namespace = -1;
  if (RETRY(read(done_reader, why, sizeof *why)) != (ssize_t)sizeof *why) {
    fail_with(why, EIO, "network", "child", "ended without a word");
  } else if (why->error == 0) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/ns/net", child);
    namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0) {
      fail(why, "network", path);
    }
  }
  close_and_forget(&go_writer);
  RETRY(waitpid(child, NULL, 0)); /* ECHILD: the event loop was quicker */
  return namespace;
}
