/* Frames in, frames out. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "door.h"
#include "jobs.h"
#include "protocol.h"
#include "requests.h"
#include "roots.h"
#include "steps.h"

enum { READ_CHUNK = 16 * 1024, FULL = 256 * 1024 };

struct client {
  struct watch watch;
  struct buffer in;
  struct buffer out;
  bool is_waiting_to_write;
  bool is_device; /* and no socket */
};

static struct buffer nowhere;

bool client_is_connected(const struct supervisor *supervisor) {
  return supervisor->client != NULL;
}

struct buffer *client_out(struct supervisor *supervisor) {
  if (supervisor->client == NULL) {
    buffer_consume(&nowhere, buffer_length(&nowhere));
    return &nowhere;
  }
  return &supervisor->client->out;
}

void client_close(struct supervisor *supervisor) {
  struct client *client = supervisor->client;
  if (client == NULL) {
    return;
  }
  supervisor->client = NULL;
  supervisor->loop.is_done |= supervisor->is_guest; /* it has no other */
  shutdown(client->watch.fd, SHUT_RDWR); /* a child that still has a copy must not keep it open */
  loop_close(&supervisor->loop, &client->watch);
  buffer_free(&client->in);
  buffer_free(&client->out);
  free(client);
  steps_forget_requests(supervisor);
  roots_forget_requests(supervisor);
  jobs_abandon(supervisor);
  supervisor_consider_end(supervisor);
}

bool client_is_full(const struct supervisor *supervisor) {
  return supervisor->client != NULL && buffer_length(&supervisor->client->out) > FULL;
}

static void send_some(struct supervisor *supervisor) {
  struct client *client = supervisor->client;
  struct buffer *out = &client->out;
  while (buffer_length(out) > 0) {
    const unsigned char *data = out->data + out->start;
    ssize_t n = client->is_device
                    ? RETRY(write(client->watch.fd, data, buffer_length(out)))
                    : RETRY(send(client->watch.fd, data, buffer_length(out),
                                 MSG_NOSIGNAL | MSG_DONTWAIT));
    if (n < 0) {
      break; /* EAGAIN: the loop tells when to go on; otherwise reading will see the end */
    }
    buffer_consume(out, (size_t)n);
  }
  bool is_rest = buffer_length(out) > 0;
  if (is_rest != client->is_waiting_to_write) {
    client->is_waiting_to_write = is_rest;
    loop_change(&supervisor->loop, &client->watch, is_rest ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

void client_flush(struct supervisor *supervisor) {
  struct client *client = supervisor->client;
  if (client == NULL) {
    return;
  }
  send_some(supervisor);
  if (client->out.bad || buffer_length(&client->out) > LIMIT_UNSENT) {
    client_close(supervisor);
  } else if (!client_is_full(supervisor)) {
    jobs_resume(supervisor);
    steps_resume(supervisor);
  }
}

void client_send_empty(struct supervisor *supervisor, unsigned type, uint32_t request) {
  struct buffer *out = client_out(supervisor);
  frame_end(out, frame_begin(out, (uint16_t)(TYPE_REPLY | type), 0, request));
  client_flush(supervisor);
}

void client_send_error(struct supervisor *supervisor, uint32_t request, uint32_t code,
                       const struct failure *why) {
  write_error_frame(client_out(supervisor), request, code, why);
  client_flush(supervisor);
}

static void refuse(struct supervisor *supervisor, uint32_t request, const char *text) {
  struct failure why;
  fail_with(&why, EPROTO, "frame", "header", "%s", text);
  struct client *client = supervisor->client;
  write_error_frame(&client->out, request, ERROR_PROTOCOL, &why);
  send_some(supervisor);
  client_close(supervisor);
}

/* Handles the first frame of `in` when it is complete; false when more must be read, or all is over. */
static bool handle_frame(struct supervisor *supervisor, struct client *client) {
  struct buffer *in = &client->in;
  unsigned char *data = in->data + in->start;
  size_t available = buffer_length(in);
  if (available < FRAME_LENGTH_FIELD) {
    return false;
  }
  uint32_t length = get_u32(data);
  if (length < FRAME_HEADER || length > FRAME_MAX) {
    refuse(supervisor, 0, "its length is out of bounds");
    return false;
  }
  if (available < FRAME_LENGTH_FIELD + length) {
    if (!buffer_reserve(in, FRAME_LENGTH_FIELD + length - available)) {
      client_close(supervisor);
    }
    return false;
  }
  struct request request = {
      .type = (unsigned)(data[4] | data[5] << 8),
      .id = get_u32(data + 8),
      .body = data + FRAME_LENGTH_FIELD + FRAME_HEADER,
      .length = length - FRAME_HEADER,
  };
  if (request.id == 0 || data[6] != 0 || data[7] != 0) {
    refuse(supervisor, request.id, "request id 0 or unknown flags");
    return false;
  }
  bool is_understood = request_handle(supervisor, &request);
  if (supervisor->client != client) {
    return false; /* closed meanwhile */
  }
  explicit_bzero(data, FRAME_LENGTH_FIELD + length); /* it may have carried secrets */
  buffer_consume(in, FRAME_LENGTH_FIELD + length);
  if (!is_understood) {
    refuse(supervisor, request.id, "its body is malformed");
    return false;
  }
  return true;
}

static void read_some(struct supervisor *supervisor, struct client *client) {
  if (!buffer_reserve(&client->in, READ_CHUNK)) {
    client_close(supervisor);
    return;
  }
  struct buffer *in = &client->in;
  size_t room = in->capacity - in->end;
  ssize_t n = client->is_device
                  ? RETRY(read(client->watch.fd, in->data + in->end, room))
                  : RETRY(recv(client->watch.fd, in->data + in->end, room, MSG_DONTWAIT));
  if (n < 0 && errno == EAGAIN) {
    return;
  }
  if (n <= 0) {
    client_close(supervisor);
    return;
  }
  in->end += (size_t)n;
  while (supervisor->client == client && handle_frame(supervisor, client)) {
  }
}

static void on_ready(struct watch *watch, uint32_t events) {
  struct supervisor *supervisor = watch->owner;
  struct client *client = supervisor->client;
  if ((events & EPOLLOUT) != 0) {
    client_flush(supervisor);
  }
  if (supervisor->client == client && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    read_some(supervisor, client);
  }
}

static bool is_allowed(const struct supervisor *supervisor, int connection) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == supervisor->client_uid;
}

static int take(struct supervisor *supervisor, struct client *client) {
  if (loop_add(&supervisor->loop, &client->watch, EPOLLIN) < 0) {
    return -1;
  }
  supervisor->client = client;
  loop_stop(&supervisor->loop, &supervisor->orphan_timer);
  return 0;
}

/* The next connection, of whoever may have one. */
static int next(struct supervisor *supervisor) {
  if (supervisor->has_door) {
    int handed = door_receive(supervisor->listener.fd);
    if (handed < 0) {
      loop_close(&supervisor->loop, &supervisor->listener); /* nobody is there to let others in */
    }
    return handed;
  }
  cleanup_fd int connection =
      accept4(supervisor->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return connection < 0 || !is_allowed(supervisor, connection) ? -1 : steal_fd(&connection);
}

void client_accept(struct supervisor *supervisor) {
  cleanup_fd int connection = next(supervisor);
  if (connection < 0) {
    return;
  }
  struct client *client = calloc(1, sizeof *client);
  if (client == NULL) {
    return;
  }
  client_close(supervisor);
  client->watch = (struct watch){.fd = connection, .ready = on_ready, .owner = supervisor};
  if (take(supervisor, client) < 0) {
    free(client);
    return;
  }
  steal_fd(&connection);
}

int client_adopt(struct supervisor *supervisor, int device, struct failure *why) {
  struct client *client = calloc(1, sizeof *client);
  if (client == NULL) {
    return fail(why, "client", "memory");
  }
  client->is_device = true;
  client->watch = (struct watch){.fd = device, .ready = on_ready, .owner = supervisor};
  if (take(supervisor, client) < 0) {
    free(client);
    return fail(why, "client", "epoll");
  }
  return 0;
}
