/* check: 36
 * attempt: start threads without end
 * expected: EAGAIN at the cap
 * control: user
 * step: caps: {pids: 64}
 */
#include "attack.h"

#include <pthread.h>

enum { ENOUGH = 400, STACK_BYTES = 65536 };

static void *wait_for_ever(void *data) {
  pause();
  return data;
}

int main(void) {
  pthread_attr_t small;
  pthread_t thread;
  int count = 0, error = 0;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, STACK_BYTES);
  while (count < ENOUGH && (error = pthread_create(&thread, &small, wait_for_ever, NULL)) == 0) {
    count++;
  }
  errno = error;
  if (error != 0) {
    refused("thread", -1, EAGAIN, 0);
    expect("count", count < 64, "stopped below the cap");
  } else {
    expect("thread", false, "no end");
  }
  verdict();
}
