/* check: 33
 * attempt: find the host's name, machine id, serial numbers, paths and the engine's variables
 * expected: none of them
 * control: user
 */
#include "attack.h"

#include <sys/utsname.h>

/* Of the variables of the suite itself; HOST_SOCKET tells a path of the host, since the suite says it. */
static bool is_told_by_the_suite(const char *variable) {
  return strncmp(variable, "HOST_", 5) == 0 || strncmp(variable, "ENGINE_", 7) == 0;
}

static bool is_known(const char *variable) {
  static const char *const names[] = {"PATH=", "LANG=", "HOME=", "CI=", "STEPBOX=", "STEPBOX_BUILD=",
                                      "BUILD_ID=", "BUILD_NUMBER=", "STEPBOX_STAGE=", "STAGE_NAME=",
                                      "STEPBOX_STEP=", "WORKSPACE=", "PWD=", "SHLVL=", "OLDPWD=", "_="};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strncmp(variable, names[i], strlen(names[i])) == 0) {
      return true;
    }
  }
  return is_told_by_the_suite(variable);
}

static bool tells(const char *path, const char *text) {
  char line[4096];
  FILE *file = fopen(path, "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (strstr(line, text) != NULL) {
      return true;
    }
  }
  return false;
}

int main(void) {
  extern char **environ;
  struct utsname names;
  char line[256] = "";
  const char *name = getenv("HOST_NAME"), *socket = getenv("HOST_SOCKET");
  uname(&names);
  bool is_other = name != NULL && strcmp(names.nodename, name) != 0;
  expect("host name", is_other, is_other ? "a name of its own" : "the host's name");
  bool is_unknown = access("/etc/machine-id", F_OK) < 0 && access("/sys/class/dmi", F_OK) < 0;
  expect("machine", is_unknown, is_unknown ? "no machine id" : "a machine id");
  snprintf(line, sizeof line, "%.*s", (int)(strrchr(socket, '/') - socket), socket);
  char *last = strrchr(line, '/'); /* the directory of the suite, and of Stepbox's home beside it */
  if (last != NULL) {
    *last = 0;
  }
  bool is_silent = !tells("/proc/self/mountinfo", line) && !tells("/proc/self/mounts", line) &&
                   !tells("/proc/self/cgroup", "stepbox");
  expect("paths", is_silent, is_silent ? "no path of the host" : "a path of the host");
  unsigned foreign = 0;
  for (char **variable = environ; *variable != NULL; variable++) {
    foreign += !is_known(*variable);
  }
  expect("variables", foreign == 0, foreign == 0 ? "known variables" : "other variables");
  verdict();
}
