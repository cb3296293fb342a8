/* Network namespaces. */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
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

/* Where clouds answer questions about the machine and hand out its credentials: most of them; Alibaba;
 * Azure; Oracle; Amazon; Google. */
static const struct place {
  int family;
  const char *address;
  unsigned char prefix;
} metadata[] = {
    {AF_INET, "169.254.0.0", 16},   {AF_INET, "100.100.100.200", 32}, {AF_INET, "168.63.129.16", 32},
    {AF_INET, "192.0.0.192", 32},   {AF_INET6, "fd00:ec2::", 64},     {AF_INET6, "fd20:ce::254", 128},
    {AF_INET6, "fe80::a9fe:a9fe", 128},
};
static const struct place loopback[] = {{AF_INET, "127.0.0.0", 8}, {AF_INET6, "::1", 128}};

struct route_number {
  struct rtattr header;
  uint32_t value;
};

struct route_request {
  struct nlmsghdr header;
  struct rtmsg route;
  struct route_number device;
  struct route_number metric;
  struct rtattr destination;
  unsigned char address[16];
};

struct route_answer {
  struct nlmsghdr header;
  struct nlmsgerr error;
  char rest[256];
};

/* "ip route add blackhole PLACE", or with a device "ip route add local PLACE dev DEVICE table local". */
static int add_route(int netlink, const struct place *place, unsigned device, struct failure *why) {
  enum { LAST = 4000 };
  size_t size = place->family == AF_INET ? 4 : 16;
  unsigned short number_size = RTA_LENGTH(sizeof(uint32_t));
  struct route_request request = {
      .header = {.nlmsg_len = (uint32_t)(offsetof(struct route_request, address) + size),
                 .nlmsg_type = RTM_NEWROUTE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
      .route = {.rtm_family = (unsigned char)place->family,
                .rtm_dst_len = place->prefix,
                .rtm_table = device == 0 ? RT_TABLE_MAIN : RT_TABLE_LOCAL,
                .rtm_protocol = RTPROT_STATIC,
                .rtm_scope = device == 0 ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST,
                .rtm_type = device == 0 ? RTN_BLACKHOLE : RTN_LOCAL},
      .device = {{.rta_len = number_size, .rta_type = RTA_OIF}, device},
      .metric = {{.rta_len = number_size, .rta_type = RTA_PRIORITY}, device == 0 ? 0 : LAST},
      .destination = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = RTA_DST},
  };
  inet_pton(place->family, place->address, request.address);
  struct route_answer answer = {0};
  if (RETRY(send(netlink, &request, request.header.nlmsg_len, 0)) < 0 ||
      RETRY(recv(netlink, &answer, sizeof answer, 0)) < 0) {
    return fail(why, "route", place->address);
  }
  if (answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error != 0) {
    return fail_with(why, -answer.error.error, "route", place->address, "was refused");
  }
  return 0;
}

static bool has_no_such_protocol(const struct place *place, int error) {
  return place->family == AF_INET6 && (error == EAFNOSUPPORT || error == EOPNOTSUPP ||
                                       error == EACCES /* switched off for the device */);
}

static int add_routes(const struct place *places, size_t count, unsigned device, struct failure *why) {
  cleanup_fd int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) {
    return fail(why, "route", "netlink");
  }
  for (size_t i = 0; i < count; i++) {
    if (add_route(netlink, &places[i], device, why) < 0 &&
        !has_no_such_protocol(&places[i], why->error)) {
      return -1;
    }
  }
  return 0;
}

/* More specific routes than an egress program's default route, so they win. */
static int block_metadata(struct failure *why) {
  return add_routes(metadata, COUNT_OF(metadata), 0, why);
}

/* A socket that is bound to the device, and a datagram that names it, go past all routes that are not the
 * device's own, and where it has none the kernel takes the address for a neighbour's. So it has some: what
 * must not be reached is this network itself. They come last, and so change nothing else. */
static int guard(int namespace, const char *device, struct failure *why) {
  unsigned index = kernel_setns(namespace, CLONE_NEWNET) < 0 ? 0 : if_nametoindex(device);
  if (index == 0) {
    return fail(why, "network", device);
  }
  return add_routes(loopback, COUNT_OF(loopback), index, why) < 0 ||
                 add_routes(metadata, COUNT_OF(metadata), index, why) < 0
             ? -1
             : 0;
}

int network_prepare(struct failure *why) {
  return network_raise_loopback(why) < 0 ? -1 : block_metadata(why);
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

static int make(const char *device, struct failure *why) {
  if (kernel_unshare(CLONE_NEWNET) < 0) {
    return fail(why, "network", "unshare");
  }
  if (network_prepare(why) < 0) {
    return -1;
  }
  if (device != NULL) {
    add_device(device);
  }
  int namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  return namespace < 0 ? fail(why, "network", "/proc/self/ns/net") : namespace;
}

/* Makes a namespace, or guards that one, and sends a descriptor of it, or what went wrong. */
static _Noreturn void work_and_send(int socket, int existing, const char *device) {
  struct failure why = {0};
  int namespace = existing;
  if (existing < 0) {
    namespace = make(device, &why);
  } else if (guard(existing, device, &why) < 0) {
    namespace = -1;
  }
  struct order answer = {.length = sizeof why};
  _exit(send_order(socket, &answer, &why, &namespace, namespace < 0 ? 0 : 1) < 0);
}

/* Done by a child, because no process can come back to the host's network, which belongs to a user
 * namespace above. */
static int work_in_child(int existing, const char *device, struct failure *why) {
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
    work_and_send(theirs, existing, device);
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

int network_make(const char *device, struct failure *why) {
  return work_in_child(-1, device, why);
}

int network_guard(int namespace, const char *device, struct failure *why) {
  cleanup_fd int same = work_in_child(namespace, device, why);
  return same < 0 ? -1 : 0;
}
