/* The disk cap's watchdog. Measuring walks the step's directories, so it is done by a child, and only as
 * often as it costs little; free blocks of the file system are cheap to look at and tell when to hurry.
 * Between two measurements a step can go beyond its cap by what the disk takes in that time. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "protocol.h"
#include "tree.h"

enum {
  LOOK_NS = 100 * 1000 * 1000, /* how often free blocks are looked at */
  REST_FACTOR = 10,            /* a measurement may take a tenth of the time */
};

struct disk_watch {
  struct step *step;
  struct timer timer;
  struct watch result;
  pid_t child; /* reaped by the supervisor as one of nobody's */
  uint64_t began;
  uint64_t next; /* not to be measured before, unless in a hurry */
  struct tree_size size;
  uint64_t free_then; /* bytes free when measured */
  uint64_t files_then;
};

static void look_free(const struct disk_watch *disk, uint64_t *bytes, uint64_t *files) {
  struct statvfs space;
  *bytes = *files = 0;
  cleanup_fd int store = openat(disk->step->supervisor->places.store, ".", O_RDONLY | O_CLOEXEC);
  if (store >= 0 && fstatvfs(store, &space) == 0) {
    *bytes = (uint64_t)space.f_bfree * space.f_frsize;
    *files = space.f_ffree;
  }
}

static void measure(const struct disk_watch *disk, int out) {
  const struct step *step = disk->step;
  struct tree_size size = {0};
  struct failure why;
  for (uint32_t i = 0; i < step->run.disk_directories.count; i++) {
    cleanup_fd int tree =
        place_open(&step->supervisor->places, IN_STORE, step->run.disk_directories.items[i],
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &why);
    if (tree < 0 || tree_add_size(tree, &size, &why) < 0) {
      _exit(1); /* it changes below us: the next measurement will do */
    }
  }
  _exit(RETRY(write(out, &size, sizeof size)) != (ssize_t)sizeof size);
}

static bool is_exceeded(const struct disk_watch *disk) {
  const struct run_request *run = &disk->step->run;
  return (run->disk_bytes != 0 && disk->size.bytes > run->disk_bytes) ||
         (run->disk_inodes != 0 && disk->size.inodes > run->disk_inodes);
}

static void on_result(struct watch *watch, uint32_t events) {
  struct disk_watch *disk = watch->owner;
  struct tree_size size;
  (void)events;
  ssize_t n = RETRY(read(watch->fd, &size, sizeof size));
  loop_close(&disk->step->supervisor->loop, watch);
  disk->child = 0;
  uint64_t now = monotonic_now();
  disk->next = now + (now - disk->began) * REST_FACTOR;
  if (n != (ssize_t)sizeof size) {
    return;
  }
  disk->size = size;
  if (is_exceeded(disk)) {
    step_stop(disk->step, REASON_DISK, disk->step->run.grace);
  }
}

static void begin(struct disk_watch *disk) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return; /* the next look tries again */
  }
  cleanup_fd int writer = ends[1];
  disk->began = monotonic_now();
  look_free(disk, &disk->free_then, &disk->files_then);
  disk->result = (struct watch){.fd = ends[0], .ready = on_result, .owner = disk};
  disk->child = fork();
  if (disk->child == 0) {
    measure(disk, writer);
  }
  if (disk->child < 0 || loop_add(&disk->step->supervisor->loop, &disk->result, EPOLLIN) < 0) {
    disk->child = 0;
    close_and_forget(&disk->result.fd);
  }
}

/* True when so much space went since the last measurement that the cap may be reached. */
static bool is_urgent(const struct disk_watch *disk) {
  const struct run_request *run = &disk->step->run;
  uint64_t bytes, files;
  look_free(disk, &bytes, &files);
  uint64_t gone = disk->free_then > bytes ? disk->free_then - bytes : 0;
  uint64_t made = disk->files_then > files ? disk->files_then - files : 0;
  return (run->disk_bytes != 0 && disk->size.bytes + gone > run->disk_bytes) ||
         (run->disk_inodes != 0 && disk->size.inodes + made > run->disk_inodes);
}

static void on_look(struct timer *timer) {
  struct disk_watch *disk = timer->owner;
  uint64_t now = monotonic_now();
  /* A measurement that just ended is not repeated at once, however urgent: that bounds the load. */
  if (disk->child == 0 && (now >= disk->next || (is_urgent(disk) && now - disk->began > LOOK_NS))) {
    begin(disk);
  }
  loop_start(&disk->step->supervisor->loop, timer, now + LOOK_NS);
}

void disk_watch(struct step *step) {
  const struct run_request *run = &step->run;
  if (run->disk_directories.count == 0 || (run->disk_bytes == 0 && run->disk_inodes == 0)) {
    return;
  }
  struct disk_watch *disk = calloc(1, sizeof *disk);
  if (disk == NULL) {
    return;
  }
  disk->step = step;
  disk->result.fd = -1;
  disk->timer = (struct timer){.fire = on_look, .owner = disk};
  look_free(disk, &disk->free_then, &disk->files_then);
  disk->next = monotonic_now() + LOOK_NS;
  loop_start(&step->supervisor->loop, &disk->timer, disk->next);
  step->disk = disk;
}

void disk_forget(struct step *step) {
  struct disk_watch *disk = step->disk;
  if (disk == NULL) {
    return;
  }
  step->disk = NULL;
  loop_stop(&step->supervisor->loop, &disk->timer);
  loop_close(&step->supervisor->loop, &disk->result);
  if (disk->child > 0) {
    kill(disk->child, SIGKILL); /* unreaped: the id is still its own */
  }
  free(disk);
}
