/* The supervisor's event loop: descriptors and timers. */
#ifndef STEPBOX_LOOP_H
#define STEPBOX_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct watch {
  int fd;
  void (*ready)(struct watch *watch, uint32_t events);
  void *owner;
};

struct timer {
  uint64_t due; /* CLOCK_MONOTONIC; 0 while it does not run */
  void (*fire)(struct timer *timer);
  void *owner;
  struct timer *next;
};

struct loop {
  int epoll;
  struct timer *timers; /* in no order: there are few */
  bool is_done;
};

int loop_open(struct loop *loop);
int loop_add(struct loop *loop, struct watch *watch, uint32_t events);
void loop_change(struct loop *loop, struct watch *watch, uint32_t events);
/* Also closes the descriptor. */
void loop_close(struct loop *loop, struct watch *watch);
void loop_start(struct loop *loop, struct timer *timer, uint64_t due);
void loop_stop(struct loop *loop, struct timer *timer);
void loop_run(struct loop *loop);

uint64_t monotonic_now(void); /* ns */
uint64_t real_now(void);      /* ns since 1970 */

#define SECOND_NS 1000000000ULL
#define MILLISECOND_NS 1000000ULL

#endif
