/* Event loop on epoll. Events are taken one at a time, so a handler may free any watch. */
#include "loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

static uint64_t now_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * SECOND_NS + (uint64_t)time.tv_nsec;
}

uint64_t monotonic_now(void) {
  return now_of(CLOCK_MONOTONIC);
}

uint64_t real_now(void) {
  return now_of(CLOCK_REALTIME);
}

int loop_open(struct loop *loop) {
  *loop = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
  return loop->epoll < 0 ? -1 : 0;
}

int loop_add(struct loop *loop, struct watch *watch, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = watch};
  return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event);
}

void loop_change(struct loop *loop, struct watch *watch, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = watch};
  epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event); /* a watched fd: cannot fail */
}

void loop_close(struct loop *loop, struct watch *watch) {
  if (watch->fd >= 0) {
    /* Explicitly: a child that still has a copy would keep the registration alive. ENOENT when the
     * watch was never added. */
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    close_and_forget(&watch->fd);
  }
}

void loop_start(struct loop *loop, struct timer *timer, uint64_t due) {
  loop_stop(loop, timer);
  timer->due = due;
  timer->next = loop->timers;
  loop->timers = timer;
}

void loop_stop(struct loop *loop, struct timer *timer) {
  for (struct timer **at = &loop->timers; *at != NULL; at = &(*at)->next) {
    if (*at == timer) {
      *at = timer->next;
      timer->due = 0;
      return;
    }
  }
}

static struct timer *find_first(struct loop *loop) {
  struct timer *first = loop->timers;
  for (struct timer *timer = first; timer != NULL; timer = timer->next) {
    if (timer->due < first->due) {
      first = timer;
    }
  }
  return first;
}

static int wait_milliseconds(const struct timer *first) {
  if (first == NULL) {
    return -1;
  }
  uint64_t now = monotonic_now();
  uint64_t wait = first->due <= now ? 0 : (first->due - now + MILLISECOND_NS - 1) / MILLISECOND_NS;
  return wait > 60000 ? 60000 : (int)wait;
}

void loop_run(struct loop *loop) {
  while (!loop->is_done) {
    struct timer *first = find_first(loop);
    struct epoll_event event;
    int n = epoll_wait(loop->epoll, &event, 1, wait_milliseconds(first));
    if (n == 1) {
      struct watch *watch = event.data.ptr;
      watch->ready(watch, event.events);
    } else if (first != NULL && first->due <= monotonic_now()) {
      loop_stop(loop, first);
      first->fire(first);
    }
  }
}
