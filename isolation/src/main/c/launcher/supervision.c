/* The loop of process 1: output, children, orders, time limits. */
#include "supervision.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "loop.h"
#include "orders.h"
#include "protocol.h"
#include "step_user.h"
#include "terminal.h"

enum { KILL_REPEAT_NS = 100 * 1000 * 1000 };

/* ESRCH: nothing else is left, which is what is wanted. */
static void signal_all(const struct supervision *supervision, int signal) {
  if (supervision->user != 0) {
    step_user_signal(supervision->user, signal);
    return;
  }
  if (kill(-1, signal) < 0) {
    errno = 0;
  }
}

/* TERM to all now, KILL after the grace. A second stop can only make it faster. */
static void begin_stop(struct supervision *supervision, uint32_t reason, uint64_t grace) {
  uint64_t kill_at = monotonic_now() + grace;
  if (supervision->kill_at == 0) {
    supervision->reason = reason;
    supervision->kill_at = kill_at;
    if (grace > 0) {
      signal_all(supervision, SIGTERM);
      signal_all(supervision, SIGCONT); /* a stopped process cannot handle TERM */
    }
  } else if (kill_at < supervision->kill_at) {
    supervision->kill_at = kill_at;
  }
  if (reason == REASON_OOM) {
    supervision->reason = reason;
  }
}

/* Everything but process 1 itself. New processes cannot come: a fork with a pending KILL fails. In a chroot,
 * one of the children that are waited for is the one that sends the signal. */
static void end_the_rest(const struct supervision *supervision) {
  int status;
  struct rusage usage;
  for (;;) {
    pid_t pid = wait4(-1, &status, WNOHANG, &usage);
    if (pid < 0) {
      return; /* ECHILD */
    }
    if (pid == 0) {
      signal_all(supervision, SIGKILL);
      wait4(-1, &status, 0, &usage);
    }
  }
}

static void obey(struct supervision *supervision) {
  struct order order;
  int fds[ORDER_DESCRIPTORS_MAX], count;
  if (receive_order(supervision->control, &order, NULL, 0, fds, &count) < 0) {
    if (supervision->user != 0) {
      end_the_rest(supervision);
    }
    _exit(1); /* the supervisor is gone, and so is this pid namespace if there is one */
  }
  switch (order.kind) {
    case ORDER_STOP:
      begin_stop(supervision, order.a, order.c * MILLISECOND_NS);
      break;
    case ORDER_SIGNAL:
      /* ESRCH: it ended meanwhile. */
      if (order.b != SIGNAL_MAIN) {
        signal_all(supervision, (int)order.a);
      } else if (kill(supervision->main, (int)order.a) < 0) {
        errno = 0;
      }
      break;
    case ORDER_RESIZE:
      if (supervision->pump.is_terminal) {
        terminal_resize(supervision->pump.source, order.a, order.b);
      }
      break;
    default:
      break;
  }
}

static void note_end(struct supervision *supervision, pid_t pid, int status,
                     const struct rusage *usage) {
  if (pid == supervision->main) {
    supervision->main_has_ended = true;
    supervision->status = status;
    supervision->usage = *usage;
  }
}

static void reap(struct supervision *supervision) {
  struct signalfd_siginfo signals[8];
  while (read(supervision->signals, signals, sizeof signals) > 0) {
  }
  int status;
  struct rusage usage;
  for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    note_end(supervision, pid, status, &usage);
  }
}

static uint64_t earlier(uint64_t a, uint64_t b) {
  return a == 0 || (b != 0 && b < a) ? b : a;
}

static void keep_time(struct supervision *supervision) {
  uint64_t now = monotonic_now();
  if (supervision->deadline != 0 && now >= supervision->deadline) {
    supervision->deadline = 0;
    begin_stop(supervision, REASON_TIMEOUT, supervision->grace);
  }
  if (supervision->kill_at != 0 && now >= supervision->kill_at) {
    supervision->flags |= EXIT_KILLED;
    supervision->kill_at = now + KILL_REPEAT_NS;
    signal_all(supervision, SIGKILL);
  }
  if (supervision->watch.due != 0 && now >= supervision->watch.due &&
      user_watch_look(&supervision->watch)) {
    begin_stop(supervision, REASON_OOM, 0);
  }
  uint64_t flush = pump_flush_due(&supervision->pump);
  if (flush != 0 && now >= flush) {
    pump_flush(&supervision->pump);
  }
}

static int wait_time(const struct supervision *supervision) {
  uint64_t due = earlier(earlier(supervision->deadline, supervision->kill_at),
                         earlier(pump_flush_due(&supervision->pump), supervision->watch.due));
  uint64_t now = monotonic_now();
  if (due == 0) {
    return -1;
  }
  uint64_t wait = due <= now ? 0 : (due - now + MILLISECOND_NS - 1) / MILLISECOND_NS;
  return wait > 60000 ? 60000 : (int)wait;
}

static void report_exit(const struct supervision *supervision) {
  const struct rusage *usage = &supervision->usage;
  struct report report = {
      .kind = REPORT_EXITED,
      .status = supervision->status,
      .reason = supervision->reason,
      .flags = supervision->flags | (supervision->pump.dropped > 0 ? EXIT_OUTPUT_CUT : 0),
      .monotonic = monotonic_now(),
      .real = real_now(),
      .output = supervision->pump.offset,
      .dropped = supervision->pump.dropped,
      .refused_forks = supervision->watch.was_full,
      .user = (uint64_t)usage->ru_utime.tv_sec * SECOND_NS + (uint64_t)usage->ru_utime.tv_usec * 1000,
      .system =
          (uint64_t)usage->ru_stime.tv_sec * SECOND_NS + (uint64_t)usage->ru_stime.tv_usec * 1000,
  };
  send_report(supervision->control, &report); /* on failure there is nobody to tell */
}

void supervise(struct supervision *supervision) {
  enum { SIGNALS, CONTROL, OUTPUT };
  struct pollfd watched[] = {
      [SIGNALS] = {.fd = supervision->signals, .events = POLLIN},
      [CONTROL] = {.fd = supervision->control, .events = POLLIN},
      [OUTPUT] = {.fd = supervision->pump.source, .events = POLLIN},
  };
  while (!supervision->main_has_ended) {
    if (poll(watched, COUNT_OF(watched), wait_time(supervision)) < 0) {
      continue; /* EINTR or ENOMEM: again */
    }
    if (watched[OUTPUT].revents != 0 && pump_some(&supervision->pump) == PUMP_END) {
      watched[OUTPUT].fd = -1; /* the step closed its output and goes on */
    }
    if (watched[CONTROL].revents != 0) {
      obey(supervision);
    }
    if (watched[SIGNALS].revents != 0) {
      reap(supervision);
    }
    keep_time(supervision);
  }
  end_the_rest(supervision);
  pump_all(&supervision->pump);
  report_exit(supervision);
}
