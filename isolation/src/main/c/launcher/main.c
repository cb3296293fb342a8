/* stepbox-launcher: makes the sandboxes of one build's steps.
 *
 * Promises, each kept by the file named:
 *  - No step runs with a real uid 0, nor sees one: ids come from the build's own map (start.c, idmap.c).
 *  - An exit status is reported only for a program that was really executed (payload.c).
 *  - The exit record is complete or absent, and written before anybody is told (record.c, step_end.c).
 *  - No byte of output is lost, whoever dies, as long as the supervisor lives; and when the supervisor
 *    dies, the kernel ends everything it started, as all of it lives in its pid namespace (start.c).
 *  - A step has no descriptor but 0, 1 and 2, cannot signal or see anything outside its own sandbox, and
 *    cannot look at its process 1 (view.c, payload.c, init.c).
 *  - What a step needs not, it has not: capabilities, system calls, new user namespaces, unless its plan
 *    asks for these (privileges.c, become.c).
 *  - When a step's main process ends, everything it started is killed and reaped first, then its end is
 *    reported (supervision.c).
 *  - Paths in trees that a build wrote are never followed through links (paths.c).
 *  - Nothing is left: no process, mount, cgroup or socket after an ordered end (supervisor.c).
 *  - No policy: everything that could be otherwise is said by the client (protocol.h). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "options.h"
#include "probe.h"
#include "protocol.h"
#include "start.h"
#include "status.h"
#include "sweep.h"
#include "title.h"

#ifndef STEPBOX_VERSION
#define STEPBOX_VERSION "0.1.0"
#endif

enum { EXIT_USAGE = 125 };

static int supervise_command(char **arguments) {
  static struct options options;
  struct failure why;
  if (options_parse(&options, arguments, &why) < 0) {
    status_failed(options.status_fd, &why);
    return EXIT_USAGE;
  }
  return start_supervisor(&options);
}

static int probe_command(char **arguments) {
  static struct options options;
  struct failure why;
  if (options_parse(&options, arguments, &why) < 0) {
    status_failed(options.status_fd, &why);
    return EXIT_USAGE;
  }
  return probe(&options);
}

static int sweep_command(char **arguments) {
  static struct options options;
  struct failure why;
  if (options_parse(&options, arguments, &why) < 0) {
    status_failed(options.status_fd, &why);
    return EXIT_USAGE;
  }
  return sweep(&options);
}

static int version_command(char **arguments) {
  (void)arguments;
  printf("stepbox-launcher %s protocol %d\n", STEPBOX_VERSION, PROTOCOL_VERSION);
  return 0;
}

static const struct {
  const char *name;
  int (*run)(char **arguments);
} commands[] = {
    {"supervise", supervise_command},
    {"probe", probe_command},
    {"sweep", sweep_command},
    {"version", version_command},
};

int main(int count, char **arguments, char **environment) {
  title_remember(count, arguments, environment);
  if (getpid() == 1 && strcmp(arguments[0], "/init") == 0) {
    guest_main(arguments + 1);
  }
  for (size_t i = 0; count > 1 && i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(arguments[1], commands[i].name) == 0) {
      return commands[i].run(arguments + 2);
    }
  }
  fprintf(stderr, "usage: stepbox-launcher supervise|probe|sweep|version [OPTION]...\n");
  return EXIT_USAGE;
}
