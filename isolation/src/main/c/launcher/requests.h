/* What a client may ask. */
#ifndef STEPBOX_REQUESTS_H
#define STEPBOX_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "supervisor.h"

struct request {
  unsigned type;
  uint32_t id;
  const unsigned char *body;
  size_t length;
};

/* Carries the request out and answers it, now or later. False when its body is malformed. */
bool request_handle(struct supervisor *supervisor, const struct request *request);

#endif
