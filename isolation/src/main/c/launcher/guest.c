/* From the kernel's start of its first process to a supervisor. */
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "network.h"
#include "options.h"
#include "supervisor.h"

#define CHANNEL "/dev/vport%dp1" /* numbered by the order in which the bus was looked through */
#define CGROUPS "/sys/fs/cgroup"

enum {
  MODULE_COMPRESSED = 4, /* MODULE_INIT_COMPRESSED_FILE */
  CHANNEL_LOOKS = 40000,
  DEVICES_MAX = 8,
  LOOK_PAUSE_NS = 1000000,
  OPTIONS_MAX = 40,
};

static int make_mount(const char *type, const char *source, const char *target, unsigned long flags,
                      const char *options, struct failure *why) {
  if (mkdir(target, 0755) < 0 && errno != EEXIST) {
    return fail(why, "guest-mkdir", target);
  }
  return mount(source, target, type, flags, options) < 0 ? fail(why, "guest-mount", target) : 0;
}

static int load_module(const char *name, struct failure *why) {
  char path[160];
  snprintf(path, sizeof path, "/modules/%s", name);
  size_t length = strlen(name);
  bool is_plain = length > 3 && strcmp(name + length - 3, ".ko") == 0;
  cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return fail(why, "guest-module", name);
  }
  /* EEXIST: built in, or another needed it before. */
  return syscall(SYS_finit_module, file, "", is_plain ? 0 : MODULE_COMPRESSED) < 0 && errno != EEXIST
             ? fail(why, "guest-module", name)
             : 0;
}

/* The file "order" names one module a line. */
static int load_modules(struct failure *why) {
  cleanup_fd int file = open("/modules/order", O_RDONLY | O_CLOEXEC);
  char text[4096];
  ssize_t length = file < 0 ? -1 : RETRY(read(file, text, sizeof text - 1));
  if (length < 0) {
    return fail(why, "guest-module", "order");
  }
  text[length] = 0;
  char *rest = text;
  for (char *name; (name = strsep(&rest, "\n")) != NULL;) {
    if (name[0] != 0 && load_module(name, why) < 0) {
      return -1;
    }
  }
  return 0;
}

static int write_text(const char *path, const char *text, struct failure *why) {
  cleanup_fd int file = open(path, O_WRONLY | O_CLOEXEC);
  return file < 0 || RETRY(write(file, text, strlen(text))) < 0 ? fail(why, "guest-write", path) : 0;
}

static int make_cgroups(struct failure *why) {
  if (make_mount("cgroup2", "cgroup2", CGROUPS, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, why) < 0 ||
      write_text(CGROUPS "/cgroup.subtree_control", "+cpu +memory +pids", why) < 0) {
    return -1;
  }
  if (mkdir(CGROUPS "/steps", 0755) < 0) {
    return fail(why, "guest-mkdir", CGROUPS "/steps");
  }
  return write_text(CGROUPS "/steps/cgroup.subtree_control", "+cpu +memory +pids", why);
}

static void set_address(struct sockaddr *place, const char *text) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  inet_pton(AF_INET, text, &address.sin_addr);
  memcpy(place, &address, sizeof address);
}

/* The emulator's own network, of which it is the way out. A machine without a network has no eth0. */
static int set_network(struct failure *why) {
  if (access("/sys/class/net/eth0", F_OK) < 0) {
    return network_raise_loopback(why);
  }
  cleanup_fd int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "eth0"};
  struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
  set_address(&request.ifr_addr, "10.0.2.15");
  int result = ioctl(control, SIOCSIFADDR, &request);
  set_address(&request.ifr_netmask, "255.255.255.0");
  result = result < 0 ? result : ioctl(control, SIOCSIFNETMASK, &request);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  result = result < 0 ? result : ioctl(control, SIOCSIFFLAGS, &request);
  set_address(&route.rt_gateway, "10.0.2.2");
  set_address(&route.rt_dst, "0.0.0.0");
  set_address(&route.rt_genmask, "0.0.0.0");
  result = result < 0 ? result : ioctl(control, SIOCADDRT, &route);
  return result < 0 ? fail(why, "guest-network", "eth0") : network_prepare(why);
}

/* The device comes when the host has answered the driver. */
static int open_channel(struct failure *why) {
  static const struct timespec pause = {.tv_nsec = LOOK_PAUSE_NS};
  for (int look = 0; look < CHANNEL_LOOKS; look++) {
    char path[24];
    snprintf(path, sizeof path, CHANNEL, look % DEVICES_MAX);
    int channel = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (channel >= 0) {
      return channel;
    }
    if (look % DEVICES_MAX != DEVICES_MAX - 1) {
      continue;
    }
    nanosleep(&pause, NULL);
  }
  return fail(why, "guest-channel", "virtio port");
}

static int set_up(struct failure *why) {
  if (make_mount("devtmpfs", "dev", "/dev", MS_NOSUID, NULL, why) < 0 ||
      make_mount("proc", "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, why) < 0 ||
      make_mount("sysfs", "sys", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, why) < 0 ||
      load_modules(why) < 0 ||
      make_mount("virtiofs", "share", "/share", 0, NULL, why) < 0) {
    return -1;
  }
  return make_cgroups(why) < 0 ? -1 : set_network(why);
}

/* The host gives the id maps; the rest is the same in every machine. */
static int parse(struct options *options, char **arguments, struct failure *why) {
  static char store[] = "--store=/share/store", root[] = "--bind=/share/root:/host/root:rw",
              version[] = "--cgroup=v2", cgroups[] = "--cgroup-dir=unified=" CGROUPS "/steps",
              slots[] = "--slots=1", privileges[] = "--allow-new-privileges",
              ids[] = "--id-map=direct";
  char *words[OPTIONS_MAX] = {store, root, version, cgroups, slots, privileges, ids};
  size_t n = 7;
  for (; *arguments != NULL && n < OPTIONS_MAX - 1; arguments++) {
    if (strncmp(*arguments, "--", 2) == 0) {
      words[n++] = *arguments;
    }
  }
  return options_parse(options, words, why);
}

void guest_forget_files(void) {
  struct failure why;
  write_text("/proc/sys/vm/drop_caches", "3", &why); /* on failure, old names live a little longer */
}

void guest_main(char **arguments) {
  static struct options options;
  struct failure why;
  int channel = -1;
  if (parse(&options, arguments, &why) < 0 || set_up(&why) < 0 ||
      (channel = open_channel(&why)) < 0 || supervisor_guest(&options, channel, &why) < 0) {
    printf("stepbox: %s %s: %s %s\n", why.operation, why.object, strerror(why.error), why.text);
    fflush(stdout);
  }
  sync();
  reboot(RB_POWER_OFF);
  for (;;) {
    pause();
  }
}
