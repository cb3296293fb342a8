/* check: 15
 * attempt: open /proc/1/exe for reading, writing and executing; overwrite one's own running program
 * expected: EACCES; ETXTBSY
 * control: namespaces
 */
#include "attack.h"

int main(void) {
  char *const no_arguments[] = {"exe", NULL};
  refused("read", try_open("/proc/1/exe", O_RDONLY), EACCES, 0);
  refused("write", try_open("/proc/1/exe", O_WRONLY), EACCES, 0);
  refused("path", try_open("/proc/1/exe", O_PATH), EACCES, 0);
  char target[256];
  refused("readlink", readlink("/proc/1/exe", target, sizeof target), EACCES, 0);
  refused("map_files", try_open("/proc/1/map_files", O_RDONLY), EACCES, 0);
  refused("own program", try_open("/proc/self/exe", O_WRONLY), ETXTBSY, EACCES, 0);
  if (access("/proc/1/exe", X_OK) == 0) {
    expect("execute", false, "executable");
  } else {
    refused("execute", execv("/proc/1/exe", no_arguments), EACCES, 0);
  }
  verdict();
}
