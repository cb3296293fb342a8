/* check: 48
 * attempt: find limits, umask, priority, directory or session of whoever started the build
 * expected: what the reference promises
 * control: user
 * setting: umask 077; ulimit -n 100;
 */
#include "attack.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void limit(const char *name, int resource, rlim_t soft) {
  struct rlimit limit;
  getrlimit(resource, &limit);
  expect(name, limit.rlim_cur == soft, limit.rlim_cur == soft ? "as promised" : "another limit");
}

int main(void) {
  mode_t mask = umask(022);
  expect("umask", mask == 022, mask == 022 ? "umask 022" : "another umask");
  limit("core", RLIMIT_CORE, 1);
  limit("open files", RLIMIT_NOFILE, 16384);
  limit("stack", RLIMIT_STACK, 8 << 20);
  limit("processor time", RLIMIT_CPU, RLIM_INFINITY);
  limit("memory", RLIMIT_AS, RLIM_INFINITY);
  int nice = getpriority(PRIO_PROCESS, 0);
  expect("nice", nice == 0, nice == 0 ? "nice 0" : "another nice");
  bool leads = getsid(0) == getpid();
  expect("session", leads, leads ? "a session of its own" : "another's session");
  char here[4096];
  bool is_workspace = getcwd(here, sizeof here) != NULL && strcmp(here, "/workspace") == 0;
  expect("directory", is_workspace, is_workspace ? "/workspace" : "another directory");
  expect("securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == 0, "no securebits");
  verdict();
}
