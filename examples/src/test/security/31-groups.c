/* check: 31
 * attempt: keep a supplementary group of whoever started the build, or take one
 * expected: none are there; EPERM for another id
 * control: user
 */
#include "attack.h"

int main(void) {
  bool is_root = geteuid() == 0;
  gid_t groups[64], wanted[] = {0, 4, 6, 27};
  long count = syscall(SYS_getgroups, 64, groups);
  expect("groups", count == 0, count == 0 ? "no groups" : "groups");
  long taken = syscall(SYS_setgroups, 4, wanted);
  if (is_root) {
    /* These are ids of the map, and nobody's outside. */
    expect("setgroups as root", taken == 0, taken == 0 ? "groups of the map only" : "refused");
    wanted[0] = 70000;
    refused("a group beyond the map", syscall(SYS_setgroups, 1, wanted), EINVAL, 0);
  } else {
    refused("setgroups", taken, EPERM, 0);
    refused("setgid", syscall(SYS_setgid, 0), EPERM, 0);
  }
  verdict();
}
