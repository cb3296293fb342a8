/* Jobs: the child writes whole frames into a pipe, the loop passes them on to the client. */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "protocol.h"
#include "tree.h"
#include "wire.h"

enum { READ_CHUNK = 64 * 1024 };

struct job {
  struct job *next;
  struct supervisor *supervisor;
  uint32_t request;
  pid_t pid; /* 0: reaped */
  struct watch frames;
  struct buffer in;
  bool is_paused;
  bool is_answered;
  bool is_abandoned;
};

static void forget_when_over(struct job *job) {
  struct supervisor *supervisor = job->supervisor;
  if (job->pid != 0 || job->frames.fd >= 0) {
    return;
  }
  for (struct job **at = &supervisor->jobs; *at != NULL; at = &(*at)->next) {
    if (*at == job) {
      *at = job->next;
      break;
    }
  }
  buffer_free(&job->in);
  free(job);
  supervisor_consider_end(supervisor);
}

/* Hands complete frames on. */
static void pass_frames(struct job *job) {
  struct buffer *in = &job->in;
  while (buffer_length(in) >= FRAME_LENGTH_FIELD + FRAME_HEADER) {
    const unsigned char *frame = in->data + in->start;
    size_t size = FRAME_LENGTH_FIELD + get_u32(frame);
    if (buffer_length(in) < size) {
      return;
    }
    job->is_answered = (frame[6] & FRAME_MORE) == 0;
    write_raw(client_out(job->supervisor), frame, size);
    buffer_consume(in, size);
  }
}

static void end_of_frames(struct job *job) {
  loop_close(&job->supervisor->loop, &job->frames);
  if (!job->is_answered && !job->is_abandoned) {
    struct failure why;
    fail_with(&why, EPIPE, "tree-request", "child", "died without an answer");
    job->is_answered = true;
    client_send_error(job->supervisor, job->request, ERROR_FAILED, &why);
  }
  forget_when_over(job);
}

static void on_frames(struct watch *watch, uint32_t events) {
  struct job *job = watch->owner;
  struct supervisor *supervisor = job->supervisor;
  (void)events;
  if (!buffer_reserve(&job->in, READ_CHUNK)) {
    end_of_frames(job);
    return;
  }
  ssize_t n = RETRY(read(watch->fd, job->in.data + job->in.end, READ_CHUNK));
  if (n <= 0) {
    end_of_frames(job);
    return;
  }
  job->in.end += (size_t)n;
  if (job->is_abandoned) {
    buffer_consume(&job->in, buffer_length(&job->in));
    return;
  }
  pass_frames(job);
  if (client_is_full(supervisor)) {
    job->is_paused = true;
    loop_change(&supervisor->loop, watch, 0);
  }
  client_flush(supervisor);
}

void jobs_resume(struct supervisor *supervisor) {
  for (struct job *job = supervisor->jobs; job != NULL; job = job->next) {
    if (job->is_paused && job->frames.fd >= 0) {
      job->is_paused = false;
      loop_change(&supervisor->loop, &job->frames, EPOLLIN);
    }
  }
}

void jobs_abandon(struct supervisor *supervisor) {
  for (struct job *job = supervisor->jobs; job != NULL; job = job->next) {
    job->is_abandoned = true;
    if (job->pid != 0) {
      kill(job->pid, SIGKILL);
    }
  }
  jobs_resume(supervisor);
}

bool jobs_reaped(struct supervisor *supervisor, pid_t pid) {
  for (struct job *job = supervisor->jobs; job != NULL; job = job->next) {
    if (job->pid == pid) {
      job->pid = 0;
      forget_when_over(job);
      return true;
    }
  }
  return false;
}

static int start(struct job *job, const struct request *request, struct failure *why) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return fail(why, "tree-request", "pipe");
  }
  cleanup_fd int reader = ends[0];
  cleanup_fd int writer = ends[1];
  job->pid = fork();
  if (job->pid < 0) {
    return fail(why, "tree-request", "fork");
  }
  if (job->pid == 0) {
    tree_run(job->supervisor, request, writer);
  }
  job->frames = (struct watch){.fd = reader, .ready = on_frames, .owner = job};
  if (loop_add(&job->supervisor->loop, &job->frames, EPOLLIN) < 0) {
    job->frames.fd = -1; /* else it would be waited for until the end */
    return fail(why, "tree-request", "epoll");
  }
  steal_fd(&reader);
  return 0;
}

void jobs_begin(struct supervisor *supervisor, const struct request *request) {
  struct failure why;
  unsigned count = 0;
  for (const struct job *job = supervisor->jobs; job != NULL; job = job->next) {
    count++;
  }
  struct job *job = count < LIMIT_TREE_REQUESTS ? calloc(1, sizeof *job) : NULL;
  if (job == NULL) {
    fail_with(&why, EAGAIN, "tree-request", "supervisor", "at most %d at once", LIMIT_TREE_REQUESTS);
    client_send_error(supervisor, request->id, ERROR_LIMIT, &why);
    return;
  }
  job->supervisor = supervisor;
  job->request = request->id;
  job->frames.fd = -1;
  job->next = supervisor->jobs;
  supervisor->jobs = job;
  if (start(job, request, &why) < 0) {
    job->is_answered = true;
    job->pid = job->pid < 0 ? 0 : job->pid;
    client_send_error(supervisor, request->id, ERROR_FAILED, &why);
    forget_when_over(job);
  }
}
