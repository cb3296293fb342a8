/* The disk cap's watchdog. Measuring walks the step's directories, so it is done by a child, and only as
 * often as it costs little; free blocks of the file system are cheap to look at and tell when to hurry, and
 * whether the end of a step needs a measurement of its own. Of cache mounts only the growth counts, so they
 * are measured before the step begins. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk_usage.h"
#include "protocol.h"
#include "roots.h"
#include "step_end.h"
#include "step_start.h"

enum {
  LOOK_NS = 100 * 1000 * 1000, /* how often free blocks are looked at */
  REST_FACTOR = 10,            /* a measurement may take a tenth of the time */
  MISSES_MAX = 3, /* measurements in a row that a step may spoil, while the disk fills */
};

enum purpose { PURPOSE_LOOK, PURPOSE_CACHES, PURPOSE_LAST };

struct disk_watch {
  struct step *step;
  struct timer timer;
  struct watch result;
  enum purpose purpose;
  pid_t child; /* reaped by the supervisor as one of nobody's */
  uint64_t began;
  uint64_t next; /* not to be measured before, unless in a hurry */
  unsigned misses;
  bool is_known; /* whether `usage` is */
  bool is_exceeded;
  struct disk_usage usage; /* of the last whole measurement */
  struct tree_size caches; /* when the step began */
  struct tree_size free_then; /* when `usage` was measured */
  struct tree_size free_begun;
};

static struct tree_size look_free(const struct disk_watch *disk) {
  struct statvfs space;
  cleanup_fd int store = openat(disk->step->supervisor->places.store, ".", O_RDONLY | O_CLOEXEC);
  if (store < 0 || fstatvfs(store, &space) < 0) {
    return (struct tree_size){0};
  }
  return (struct tree_size){.bytes = (uint64_t)space.f_bfree * space.f_frsize,
                            .inodes = space.f_ffree};
}

static uint64_t less(uint64_t from, uint64_t what) {
  return from > what ? from - what : 0;
}

/* What counts for the step, with `more` on top. */
static bool is_too_much(const struct disk_watch *disk, const struct disk_usage *usage,
                        const struct tree_size *more) {
  const struct run_request *run = &disk->step->run;
  uint64_t bytes =
      usage->layers.bytes + less(usage->caches.bytes, disk->caches.bytes) + more->bytes;
  uint64_t inodes =
      usage->layers.inodes + less(usage->caches.inodes, disk->caches.inodes) + more->inodes;
  return (run->disk_bytes != 0 && bytes > run->disk_bytes) ||
         (run->disk_inodes != 0 && inodes > run->disk_inodes);
}

/* Space that went since the last whole measurement, by whomever. */
static struct tree_size look_gone(const struct disk_watch *disk) {
  struct tree_size now = look_free(disk);
  return (struct tree_size){.bytes = less(disk->free_then.bytes, now.bytes),
                            .inodes = less(disk->free_then.inodes, now.inodes)};
}

/* True when so much space went that the cap may be reached. */
static bool is_urgent(const struct disk_watch *disk) {
  struct tree_size gone = look_gone(disk);
  return is_too_much(disk, &disk->usage, &gone);
}

static void take(struct disk_watch *disk, const struct disk_usage *usage) {
  if (disk->purpose == PURPOSE_CACHES) {
    disk->caches = usage->caches;
  }
  disk->is_exceeded = is_too_much(disk, usage, &(struct tree_size){0});
  if (usage->is_whole) {
    disk->usage = *usage;
    disk->free_then = disk->free_begun;
    disk->is_known = true;
    disk->misses = 0;
  } else {
    disk->misses++;
  }
}

static void go_on(struct disk_watch *disk) {
  struct step *step = disk->step;
  switch (disk->purpose) {
    case PURPOSE_CACHES:
      step_go(step);
      break;
    case PURPOSE_LAST:
      step_measured(step);
      break;
    case PURPOSE_LOOK:
      if (disk->is_exceeded || (disk->misses >= MISSES_MAX && is_urgent(disk))) {
        step_stop(step, REASON_DISK, step->run.grace);
      }
      break;
    default:
      break;
  }
}

static void on_result(struct watch *watch, uint32_t events) {
  struct disk_watch *disk = watch->owner;
  struct disk_usage usage;
  (void)events;
  ssize_t n = RETRY(read(watch->fd, &usage, sizeof usage));
  loop_close(&disk->step->supervisor->loop, watch);
  disk->child = 0;
  uint64_t now = monotonic_now();
  disk->next = now + (now - disk->began) * REST_FACTOR;
  if (n == (ssize_t)sizeof usage) {
    take(disk, &usage);
  } else {
    disk->misses++;
  }
  go_on(disk);
}

static bool begin(struct disk_watch *disk, enum purpose purpose) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return false; /* the next look tries again */
  }
  cleanup_fd int writer = ends[1];
  disk->purpose = purpose;
  disk->began = monotonic_now();
  disk->free_begun = look_free(disk);
  disk->result = (struct watch){.fd = ends[0], .ready = on_result, .owner = disk};
  disk->child = fork();
  if (disk->child == 0) {
    struct disk_usage usage;
    disk_usage_measure(disk->step, &usage);
    _exit(RETRY(write(writer, &usage, sizeof usage)) != (ssize_t)sizeof usage);
  }
  if (disk->child < 0 || loop_add(&disk->step->supervisor->loop, &disk->result, EPOLLIN) < 0) {
    disk->child = 0;
    close_and_forget(&disk->result.fd);
    return false;
  }
  return true;
}

static void on_look(struct timer *timer) {
  struct disk_watch *disk = timer->owner;
  uint64_t now = monotonic_now();
  /* A measurement that just ended is not repeated at once, however urgent: that bounds the load. */
  if (disk->child == 0 && (now >= disk->next || (is_urgent(disk) && now - disk->began > LOOK_NS))) {
    begin(disk, PURPOSE_LOOK);
  }
  loop_start(&disk->step->supervisor->loop, timer, now + LOOK_NS);
}

static bool has_cap(const struct run_request *run) {
  return run->disk_directories.count > 0 && (run->disk_bytes != 0 || run->disk_inodes != 0);
}

bool disk_watch(struct step *step) {
  struct root *root = root_find(step->supervisor, step->run.root);
  bool is_watched = has_cap(&step->run) && root != NULL && !step->supervisor->is_guest;
  struct disk_watch *disk = is_watched ? calloc(1, sizeof *disk) : NULL;
  if (disk == NULL) {
    if (root != NULL) {
      root->is_written_known = false; /* by this step without a watch */
    }
    return false;
  }
  disk->step = step;
  disk->result.fd = -1;
  disk->timer = (struct timer){.fire = on_look, .owner = disk};
  disk->free_then = look_free(disk);
  disk->is_known = root->is_written_known;
  disk->usage.layers = root->written;
  disk->next = monotonic_now() + LOOK_NS;
  loop_start(&step->supervisor->loop, &disk->timer, disk->next);
  step->disk = disk;
  return step->run.cache_directories.count > 0 && begin(disk, PURPOSE_CACHES);
}

static void abandon(struct disk_watch *disk) {
  loop_close(&disk->step->supervisor->loop, &disk->result);
  if (disk->child > 0) {
    kill(disk->child, SIGKILL); /* unreaped: the id is still its own */
    disk->child = 0;
  }
}

bool disk_measure_last(struct step *step) {
  struct disk_watch *disk = step->disk;
  if (disk == NULL) {
    return false;
  }
  loop_stop(&step->supervisor->loop, &disk->timer);
  abandon(disk); /* it may have looked too early */
  return (!disk->is_known || is_urgent(disk)) && begin(disk, PURPOSE_LAST);
}

bool disk_is_exceeded(const struct step *step) {
  return step->disk != NULL && step->disk->is_exceeded;
}

/* Left for the next step in the same root: what this one wrote, or at the most wrote. */
static void note_written(const struct disk_watch *disk) {
  struct root *root = root_find(disk->step->supervisor, disk->step->run.root);
  if (root != NULL) {
    struct tree_size gone = look_gone(disk);
    root->is_written_known = disk->is_known;
    root->written = (struct tree_size){.bytes = disk->usage.layers.bytes + gone.bytes,
                                       .inodes = disk->usage.layers.inodes + gone.inodes};
  }
}

void disk_forget(struct step *step) {
  struct disk_watch *disk = step->disk;
  if (disk == NULL) {
    return;
  }
  note_written(disk);
  step->disk = NULL;
  loop_stop(&step->supervisor->loop, &disk->timer);
  abandon(disk);
  free(disk);
}
