/* check: 5
 * attempt: unshare and clone with each kind of namespace; clone3
 * expected: EPERM; ENOSYS for clone3; no user namespace left to make
 * runtimes: the filter alone refuses user namespaces; the number that a step may make stays as it is
 * through: max_user_namespaces: .*
 * control: user
 */
#include "attack.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

static const unsigned long kinds[] = {0x10000000, 0x20000, 0x20000000, 0x40000000,
                                      0x08000000, 0x04000000, 0x02000000, 0x80};

/* In a child, since one that succeeds changes its process. */
static void in_child(const char *name, unsigned long kind, bool by_clone) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    long result = by_clone ? syscall(SYS_clone, kind | SIGCHLD, 0, 0, 0, 0) : unshare((int)kind);
    _exit(result < 0 ? errno : 0);
  }
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  refused(name, errno == 0 ? 0 : -1, EPERM, 0);
}

int main(void) {
  uint64_t arguments[8] = {0x10000000, 0, 0, 0, SIGCHLD, 0, 0, 0};
  char text[32] = "absent";
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    in_child("unshare", kinds[i], false);
    if (kinds[i] != 0x80) { /* that bit is not one of clone's */
      in_child("clone", kinds[i], true);
    }
  }
  in_child("unshare user and mount", 0x10020000, false);
  long child = syscall(SYS_clone3, arguments, sizeof arguments);
  if (child == 0) {
    _exit(0);
  }
  refused("clone3", child, ENOSYS, 0);
  FILE *file = fopen("/proc/sys/user/max_user_namespaces", "re");
  bool is_read = file != NULL && fscanf(file, "%31s", text) == 1;
  expect("max_user_namespaces", is_read && strcmp(text, "0") == 0,
         is_read && strcmp(text, "0") == 0 ? "limit 0" : "a limit above 0");
  verdict();
}
