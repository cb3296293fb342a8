/* Orders and reports. */
#include "orders.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "protocol.h"

static int send_all(int socket, const void *data, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = RETRY(send(socket, (const char *)data + done, length - done, MSG_NOSIGNAL));
    if (n < 0) {
      return -1;
    }
    done += (size_t)n;
  }
  return 0;
}

union control {
  struct cmsghdr align;
  char space[CMSG_SPACE(sizeof(int) * ORDER_DESCRIPTORS_MAX)];
};

int send_order(int socket, const struct order *order, const void *body, const int *fds, int count) {
  union control control = {0};
  /* In one call: the receiver must not wake up for the first part only to wait for the second. */
  struct iovec data[] = {{(void *)(uintptr_t)order, sizeof *order},
                         {(void *)(uintptr_t)body, order->length}};
  struct msghdr message = {.msg_iov = data, .msg_iovlen = COUNT_OF(data)};
  if (count > 0) {
    size_t size = sizeof(int) * (size_t)count;
    message.msg_control = control.space;
    message.msg_controllen = (socklen_t)CMSG_SPACE(size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = (socklen_t)CMSG_LEN(size);
    memcpy(CMSG_DATA(header), fds, size);
  }
  ssize_t n = RETRY(sendmsg(socket, &message, MSG_NOSIGNAL));
  if (n < (ssize_t)sizeof *order) {
    errno = n < 0 ? errno : EIO;
    return -1;
  }
  size_t sent = (size_t)n - sizeof *order;
  return sent == order->length ? 0
                               : send_all(socket, (const char *)body + sent, order->length - sent);
}

static int receive_all(int socket, void *data, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = RETRY(recv(socket, (char *)data + done, length - done, 0));
    if (n <= 0) {
      errno = n == 0 ? EPIPE : errno;
      return -1;
    }
    done += (size_t)n;
  }
  return 0;
}

int receive_order(int socket, struct order *order, void *body, size_t capacity, int *fds,
                  int *count) {
  union control control = {0};
  struct iovec data = {.iov_base = order, .iov_len = sizeof *order};
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  ssize_t n = RETRY(recvmsg(socket, &message, MSG_CMSG_CLOEXEC));
  if (n <= 0) {
    errno = n == 0 ? EPIPE : errno;
    return -1;
  }
  *count = 0;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    *count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(fds, CMSG_DATA(header), sizeof(int) * (size_t)*count);
  }
  if (receive_all(socket, (char *)order + n, sizeof *order - (size_t)n) < 0) {
    return -1;
  }
  if (order->length > capacity) {
    errno = EMSGSIZE;
    return -1;
  }
  return receive_all(socket, body, order->length);
}

int send_report(int socket, const struct report *report) {
  return send_all(socket, report, sizeof *report);
}
