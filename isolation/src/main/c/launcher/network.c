/* Network namespaces. */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"
#include "orders.h"

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

int network_prepare(struct failure *why) {
  return network_raise_loopback(why) < 0 ? -1 : block_metadata(why);
}

static int make_namespace(struct failure *why) {
  return kernel_unshare(CLONE_NEWNET) < 0 ? fail(why, "network", "unshare") : network_prepare(why);
}

/* A device that outlives the descriptors of it, and goes with the namespace, which the kernel takes down
 * by itself. One that went with its program would keep the dying program for 20 ms, in which the kernel waits
 * for everything that was freed before. Where it cannot be had, the program makes one of its own. */
static void add_device(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strcpy(request.ifr_name, name);
  cleanup_fd int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0 || ioctl(tun, TUNSETPERSIST, 1) < 0) {
    errno = 0;
  }
}

/* Makes the namespace and sends a descriptor of it, or what went wrong. */
static _Noreturn void make_and_send(int socket, const char *device) {
  struct failure why = {0};
  cleanup_fd int namespace = -1;
  if (make_namespace(&why) == 0) {
    if (device != NULL) {
      add_device(device);
    }
    namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (namespace < 0) {
      fail(&why, "network", "/proc/self/ns/net");
    }
  }
  struct order answer = {.length = sizeof why};
  _exit(send_order(socket, &answer, &why, &namespace, namespace < 0 ? 0 : 1) < 0);
}

/* The namespace is made by a child, because no process can come back to the host's network, which belongs
 * to a user namespace above. */
int network_make(const char *device, struct failure *why) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
    return fail(why, "network", "socketpair");
  }
  cleanup_fd int ours = pair[0];
  cleanup_fd int theirs = pair[1];
  pid_t child = fork();
  if (child < 0) {
    return fail(why, "network", "fork");
  }
  if (child == 0) {
    make_and_send(theirs, device);
  }
  close_and_forget(&theirs);
  struct order answer;
  int fds[ORDER_DESCRIPTORS_MAX], count = 0;
  if (receive_order(ours, &answer, why, sizeof *why, fds, &count) < 0) {
    fail_with(why, EIO, "network", "child", "ended without a word");
  }
  RETRY(waitpid(child, NULL, 0)); /* nobody else waits: the event loop is not running now */
  return count == 1 ? fds[0] : -1;
}
