/* check: 9
 * attempt: add_key, request_key, keyctl on the session, user and user-session key rings
 * expected: EPERM
 * control: user
 */
#include "attack.h"

int main(void) {
  refused("add_key", syscall(SYS_add_key, "user", "stepbox:check", "x", 1, -3), EPERM, 0);
  refused("request_key", syscall(SYS_request_key, "user", "stepbox:check", NULL, 0), EPERM, 0);
  for (int ring = -1; ring >= -6; ring--) {
    refused("keyctl describe", syscall(SYS_keyctl, 6, ring, NULL, 0), EPERM, 0);
  }
  refused("keyctl join", syscall(SYS_keyctl, 1, "stepbox"), EPERM, 0);
  refused("keyctl read", syscall(SYS_keyctl, 11, -5, NULL, 0), EPERM, 0);
  verdict();
}
