/* A step's output on its way out of a guest. */
#include "guest_stream.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "protocol.h"

enum { CHUNK = 32 * 1024 };

static bool send_some(struct step *step) {
  unsigned char data[CHUNK];
  ssize_t n = step->stream.fd < 0 ? -1 : RETRY(read(step->stream.fd, data, sizeof data));
  if (n <= 0) {
    return false;
  }
  struct buffer *out = client_out(step->supervisor);
  size_t frame = frame_begin(out, EVENT_OUTPUT, 0, 0);
  write_string(out, step->run.step);
  write_bytes(out, data, (size_t)n);
  frame_end(out, frame);
  return true;
}

static void on_output(struct watch *watch, uint32_t events) {
  struct step *step = watch->owner;
  struct supervisor *supervisor = step->supervisor;
  if (!send_some(step)) {
    if ((events & EPOLLIN) == 0) {
      loop_change(&supervisor->loop, watch, 0);
      loop_close(&supervisor->loop, watch); /* the last writer is gone */
    }
    return;
  }
  if (client_is_full(supervisor)) {
    loop_change(&supervisor->loop, watch, 0);
  }
  client_flush(supervisor);
}

int guest_stream_open(struct step *step, int *fds, struct failure *why) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) {
    return fail(why, "output", "pipe");
  }
  fds[FILE_OUTPUT] = ends[1];
  fds[FILE_INDEX] = open("/dev/null", O_WRONLY | O_CLOEXEC);
  step->stream = (struct watch){.fd = ends[0], .ready = on_output, .owner = step};
  return fds[FILE_INDEX] < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ||
                 loop_add(&step->supervisor->loop, &step->stream, EPOLLIN) < 0
             ? fail(why, "output", "stream")
             : 0;
}

void guest_stream_drain(struct step *step) {
  if (!step->supervisor->is_guest) {
    return;
  }
  while (send_some(step)) {
  }
  sync(); /* what was mapped and written, the host shall see */
}

void guest_stream_resume(struct step *step) {
  if (step->stream.fd >= 0) {
    loop_change(&step->supervisor->loop, &step->stream, EPOLLIN);
  }
}

void guest_stream_close(struct step *step) {
  if (step->stream.fd > 0) {
    loop_close(&step->supervisor->loop, &step->stream);
  }
}
