/* check: 27
 * attempt: gain an id by setuid and setgid programs of the image, or capabilities by a file's
 * expected: the ids stay; no inheritable or ambient capability; no_new_privs
 * control: root
 */
#include "attack.h"

#include <libgen.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char programs[4000];

/* The id that the program prints when an ordinary id runs it. */
static int id_by(const char *program) {
  int pipes[2], status;
  char path[4096], text[16] = "";
  snprintf(path, sizeof path, "%s/%s", programs, program);
  if (pipe(pipes) < 0) {
    return -1;
  }
  pid_t child = fork();
  if (child == 0) {
    dup2(pipes[1], 1);
    if (geteuid() == 0 && (syscall(SYS_setgroups, 0, NULL) < 0 || setgid(1000) < 0 || setuid(1000) < 0)) {
      _exit(1);
    }
    execl(path, program, (char *)NULL);
    _exit(1);
  }
  waitpid(child, &status, 0);
  if (status != 0 || read(pipes[0], text, sizeof text - 1) <= 0) {
    return -1;
  }
  return atoi(text);
}

int main(int count, char **arguments) {
  (void)count;
  snprintf(programs, sizeof programs, "%s", dirname(arguments[0]));
  if (getenv("STEPBOX") == NULL) {
    /* The control run makes the bits itself. */
    char path[4096];
    snprintf(path, sizeof path, "%s/setuid-id", programs);
    chown(path, 0, 0);
    chmod(path, 04755);
  }
  int user = id_by("setuid-id"), group = id_by("setgid-id");
  expect("setuid", user == 1000, user == 1000 ? "user stays" : user == 0 ? "user 0" : "no answer");
  expect("setgid", group == 1000, group == 1000 ? "group stays" : group == 0 ? "group 0" : "no answer");
  expect("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no_new_privs");
  char line[128];
  FILE *status = fopen("/proc/self/status", "re");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    bool is_risky = strncmp(line, "CapInh:", 7) == 0 || strncmp(line, "CapAmb:", 7) == 0;
    if (is_risky) {
      expect(line, strstr(line, "\t0000000000000000\n") != NULL, "no capability to inherit");
    }
  }
  verdict();
}
