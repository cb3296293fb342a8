/* check: 24
 * attempt: find and connect to sockets in the file system: Docker, Podman, D-Bus, systemd, the engine's own
 * expected: none is there
 * control: user
 */
#include "attack.h"

#include <ftw.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static unsigned sockets;

static int visit(const char *path, const struct stat *status, int kind, struct FTW *at) {
  (void)path;
  (void)at;
  sockets += kind != FTW_NS && S_ISSOCK(status->st_mode);
  return 0;
}

static void visit_path(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  refused(path, connect(fd, (struct sockaddr *)&address, sizeof address), ENOENT, 0);
  close(fd);
}

int main(void) {
  static const char *const usual[] = {"/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock",
                                      "/run/dbus/system_bus_socket", "/run/systemd/private",
                                      "/run/containerd/containerd.sock"};
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
    visit_path(usual[i]);
  }
  const char *host = getenv("HOST_SOCKET");
  visit_path(host == NULL ? "/" : host);
  if (getenv("STEPBOX") != NULL) {
    nftw("/", visit, 32, FTW_PHYS);
  }
  expect("any", sockets == 0, sockets == 0 ? "no socket anywhere" : "sockets");
  verdict();
}
