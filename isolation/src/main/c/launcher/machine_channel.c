/* What a guest is told, and what it tells. It is the guest of an attacker: whatever it says is checked. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "machine.h"
#include "machine_boot.h"
#include "machine_steps.h"
#include "protocol.h"

enum {
  READ_CHUNK = 64 * 1024,
  GUEST_UNSENT_MAX = 4 * 1024 * 1024,
  HELLO_REQUEST = 1,
  MOUNT_REQUEST = 2,
};

static void send_some(struct machine *machine) {
  struct buffer *out = &machine->out;
  while (buffer_length(out) > 0) {
    ssize_t n = RETRY(send(machine->channel.fd, out->data + out->start, buffer_length(out),
                           MSG_NOSIGNAL | MSG_DONTWAIT));
    if (n < 0) {
      break; /* EAGAIN: the loop tells when to go on; otherwise the keeper's end will be seen */
    }
    explicit_bzero(out->data + out->start, (size_t)n); /* it may have carried secrets */
    buffer_consume(out, (size_t)n);
  }
  bool is_rest = buffer_length(out) > 0;
  if (is_rest != machine->is_waiting_to_write) {
    machine->is_waiting_to_write = is_rest;
    loop_change(&machine->supervisor->loop, &machine->channel,
                is_rest ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

void machine_flush(struct machine *machine) {
  struct failure why;
  if (machine->state == MACHINE_DEAD) {
    return;
  }
  send_some(machine);
  if (machine->out.bad || buffer_length(&machine->out) > GUEST_UNSENT_MAX) {
    fail_with(&why, EAGAIN, "machine", "virtual machine", "does not read what it is told");
    machine_fail(machine, &why);
  }
}

static void become_ready(struct machine *machine) {
  machine->state = MACHINE_READY;
  machine_answer(machine);
  loop_stop(&machine->supervisor->loop, &machine->boot);
  machine_start_waiting(machine);
}

/* False when the guest says what it must not. */
static bool handle_frame(struct machine *machine, const unsigned char *frame, size_t length) {
  struct arena arena = {0};
  struct reader in = {
      .at = frame + FRAME_LENGTH_FIELD + FRAME_HEADER, .end = frame + length, .arena = &arena};
  unsigned type = (unsigned)(frame[4] | frame[5] << 8);
  uint32_t request = get_u32(frame + 8);
  bool is_good = true;
  if (type == (TYPE_REPLY | REQUEST_HELLO)) {
    is_good = read_u32(&in) == PROTOCOL_VERSION;
  } else if (type == (TYPE_REPLY | REQUEST_MOUNT_ROOT)) {
    is_good = machine->state == MACHINE_BOOTING && request == MOUNT_REQUEST;
    if (is_good) {
      become_ready(machine);
    }
  } else {
    is_good = machine->state == MACHINE_READY && machine_frame(machine, type, request, &in);
  }
  arena_free(&arena);
  return is_good;
}

static void refuse(struct machine *machine, const char *text) {
  struct failure why;
  fail_with(&why, EPROTO, "machine", "virtual machine", "%s", text);
  machine_fail(machine, &why);
}

static void handle_frames(struct machine *machine) {
  struct buffer *in = &machine->in;
  while (machine->state != MACHINE_DEAD && buffer_length(in) >= FRAME_LENGTH_FIELD) {
    const unsigned char *frame = in->data + in->start;
    uint32_t length = get_u32(frame);
    if (length < FRAME_HEADER || length > FRAME_MAX) {
      refuse(machine, "the guest sent a frame of a length out of bounds");
      return;
    }
    if (buffer_length(in) < FRAME_LENGTH_FIELD + length) {
      if (!buffer_reserve(in, FRAME_LENGTH_FIELD + length)) {
        refuse(machine, "no memory for what the guest sends");
      }
      return;
    }
    if (!handle_frame(machine, frame, FRAME_LENGTH_FIELD + length)) {
      refuse(machine, "the guest sent a malformed frame");
      return;
    }
    buffer_consume(in, FRAME_LENGTH_FIELD + length);
  }
}

void machine_on_channel(struct watch *watch, uint32_t events) {
  struct machine *machine = watch->owner;
  struct buffer *in = &machine->in;
  if ((events & EPOLLOUT) != 0) {
    machine_flush(machine);
  }
  if (machine->state == MACHINE_DEAD || (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) {
    return;
  }
  if (!buffer_reserve(in, READ_CHUNK)) {
    refuse(machine, "no memory for what the guest sends");
    return;
  }
  ssize_t n = RETRY(recv(watch->fd, in->data + in->end, READ_CHUNK, MSG_DONTWAIT));
  if (n < 0 && errno == EAGAIN) {
    return;
  }
  if (n <= 0) {
    loop_close(&machine->supervisor->loop, watch); /* the keeper's end, which tells more, follows */
    return;
  }
  in->end += (size_t)n;
  handle_frames(machine);
}

void machine_greet(struct machine *machine) {
  struct buffer *out = &machine->out;
  size_t frame = frame_begin(out, REQUEST_HELLO, 0, HELLO_REQUEST);
  write_u32(out, PROTOCOL_VERSION);
  write_string(out, "supervisor");
  frame_end(out, frame);
  frame = frame_begin(out, REQUEST_MOUNT_ROOT, 0, MOUNT_REQUEST);
  write_u32(out, machine->root->id);
  write_u32(out, 1);
  write_u8(out, MOUNT_BIND);
  write_string(out, "/host/root");
  write_string(out, "");
  write_u32(out, 0); /* no flags */
  frame_end(out, frame);
  machine->last_request = MOUNT_REQUEST;
  machine_flush(machine);
}
