/* The connection to the one client. */
#ifndef STEPBOX_CLIENT_H
#define STEPBOX_CLIENT_H

#include "failure.h"
#include "supervisor.h"
#include "wire.h"

/* Accepts a connection; it replaces the present one. */
void client_accept(struct supervisor *supervisor);
/* In a guest: the client that is there from the beginning, behind a device. */
int client_adopt(struct supervisor *supervisor, int device, struct failure *why);
void client_close(struct supervisor *supervisor);
bool client_is_connected(const struct supervisor *supervisor);

/* Where frames for the client are written. Without a client they go nowhere. */
struct buffer *client_out(struct supervisor *supervisor);
/* Sends what was written; call after each frame or group of frames. */
void client_flush(struct supervisor *supervisor);
/* True while so much waits for the client that producers should pause. */
bool client_is_full(const struct supervisor *supervisor);

void client_send_empty(struct supervisor *supervisor, unsigned type, uint32_t request);
void client_send_error(struct supervisor *supervisor, uint32_t request, uint32_t code,
                       const struct failure *why);

#endif
