/* What the payload itself does, from the clone to the exec. */
#ifndef STEPBOX_BECOME_H
#define STEPBOX_BECOME_H

#include "payload.h"

enum { PAYLOAD_PREPARED = 'p', PAYLOAD_FAILED = 'f', PAYLOAD_EXECUTE = 'x' };

void become_payload(const struct payload_plan *plan, int channel) __attribute__((noreturn));

#endif
