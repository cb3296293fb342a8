/* Requests: a table of handlers; each reads its body, acts, and answers. */
#include "requests.h"

#include <errno.h>
#include <stdio.h>

#include "chroots.h"
#include "cleanup.h"
#include "client.h"
#include "egress.h"
#include "guest.h"
#include "jobs.h"
#include "machine.h"
#include "overlay.h"
#include "protocol.h"
#include "roots.h"
#include "steps.h"
#include "wire.h"

#define cleanup_arena __attribute__((cleanup(arena_free)))

static uint32_t features_of(const struct supervisor *supervisor) {
  const struct options *options = supervisor->options;
  return (options->cgroup == CGROUP_V1 ? FEATURE_CGROUP_V1 : 0U) |
         (options->cgroup == CGROUP_V2 ? FEATURE_CGROUP_V2 : 0U) |
         (overlay_takes_descriptors() ? FEATURE_OVERLAY_BY_FD : 0U) |
         (options->egress != EGRESS_NONE ? FEATURE_EGRESS : 0U) |
         (options->allow_new_privileges ? FEATURE_NEW_PRIVILEGES : 0U) |
         (options->id_map != ID_MAP_SINGLE ? FEATURE_MANY_IDS : 0U);
}

static bool hello(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  uint32_t version = read_u32(in);
  read_string(in);
  if (!read_end(in)) {
    return false;
  }
  struct failure why;
  if (version != PROTOCOL_VERSION) {
    fail_with(&why, EPROTO, "hello", "version", "the client speaks %u, this launcher %d", version,
              PROTOCOL_VERSION);
    client_send_error(supervisor, id, ERROR_INVALID, &why);
    return true;
  }
  struct buffer *out = client_out(supervisor);
  size_t frame = frame_begin(out, TYPE_REPLY | REQUEST_HELLO, 0, id);
  write_u32(out, PROTOCOL_VERSION);
  write_u32(out, (uint32_t)supervisor->outer_pid);
  write_u32(out, features_of(supervisor));
  write_string(out, egress_name(supervisor->options->egress));
  write_u64(out, monotonic_now());
  write_u64(out, real_now());
  frame_end(out, frame);
  client_flush(supervisor);
  return true;
}

static bool mount_root(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  uint32_t root = read_u32(in);
  struct mount_list mounts;
  read_mounts(in, &mounts);
  if (!read_end(in)) {
    return false;
  }
  struct failure why;
  uint32_t code = root_mount(supervisor, root, &mounts, &why);
  if (code != 0) {
    client_send_error(supervisor, id, code, &why);
  } else {
    client_send_empty(supervisor, REQUEST_MOUNT_ROOT, id);
  }
  return true;
}

static bool unmount_root(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  uint32_t root = read_u32(in);
  if (!read_end(in)) {
    return false;
  }
  struct failure why;
  uint32_t code = root_unmount(supervisor, root, id, &why);
  if (code != 0) {
    client_send_error(supervisor, id, code, &why);
  }
  return true;
}

static bool send_to_step(struct supervisor *supervisor, uint32_t id, unsigned type,
                         const char *step, const struct order *order) {
  struct failure why;
  uint32_t code = step_order(supervisor, step, order, &why);
  if (code != 0) {
    client_send_error(supervisor, id, code, &why);
  } else {
    client_send_empty(supervisor, type, id);
  }
  return true;
}

static bool signal_step(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  const char *step = read_string(in);
  struct order order = {.kind = ORDER_SIGNAL};
  order.a = read_u32(in);
  order.b = read_u32(in);
  return read_end(in) && order.a >= 1 && order.a <= 64 && order.b <= SIGNAL_ALL &&
         send_to_step(supervisor, id, REQUEST_SIGNAL, step, &order);
}

static bool cancel_step(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  const char *step = read_string(in);
  struct order order = {.kind = ORDER_STOP, .a = REASON_CANCEL};
  order.c = read_u64(in);
  return read_end(in) && send_to_step(supervisor, id, REQUEST_CANCEL, step, &order);
}

static bool resize_step(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  const char *step = read_string(in);
  struct order order = {.kind = ORDER_RESIZE};
  order.a = read_u32(in);
  order.b = read_u32(in);
  return read_end(in) && send_to_step(supervisor, id, REQUEST_RESIZE, step, &order);
}

static bool list_steps(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  if (!read_end(in)) {
    return false;
  }
  struct buffer *out = client_out(supervisor);
  size_t frame = frame_begin(out, TYPE_REPLY | REQUEST_LIST_STEPS, 0, id);
  steps_list(supervisor, out);
  frame_end(out, frame);
  client_flush(supervisor);
  return true;
}

static bool usage(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  const char *step = read_string(in);
  struct cgroup_files files;
  read_cgroup_files(in, &files, false);
  if (!read_end(in)) {
    return false;
  }
  struct failure why;
  uint64_t cgroup;
  uint32_t code = step_cgroup(supervisor, step, &cgroup, &why);
  if (code != 0) {
    client_send_error(supervisor, id, code, &why);
    return true;
  }
  struct buffer *out = client_out(supervisor);
  size_t frame = frame_begin(out, TYPE_REPLY | REQUEST_USAGE, 0, id);
  cgroup_read(&supervisor->cgroups, cgroup, &files, false, out);
  frame_end(out, frame);
  client_flush(supervisor);
  return true;
}

static bool egress(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  if (!read_end(in)) {
    return false;
  }
  struct failure why;
  supervisor->egress.is_told = false;
  if (egress_await(supervisor, &why) < 0) {
    supervisor->egress.is_told = true;
    client_send_error(supervisor, id, ERROR_FAILED, &why);
  } else {
    client_send_empty(supervisor, REQUEST_EGRESS, id);
  }
  return true;
}

static bool start_machine(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  struct failure why;
  uint32_t code = machine_start(supervisor, id, in, &why);
  if (code != 0 && code != ERROR_PROTOCOL) {
    client_send_error(supervisor, id, code, &why);
  }
  return code != ERROR_PROTOCOL;
}

static bool forget(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  if (!read_end(in)) {
    return false;
  }
  if (supervisor->is_guest) {
    guest_forget_files();
  }
  client_send_empty(supervisor, REQUEST_FORGET, id);
  return true;
}

static bool shut_down(struct supervisor *supervisor, uint32_t id, struct reader *in) {
  uint64_t grace = read_u64(in);
  if (!read_end(in)) {
    return false;
  }
  supervisor_stop(supervisor, grace, id);
  return true;
}

static bool (*const handlers[])(struct supervisor *, uint32_t id, struct reader *in) = {
    [REQUEST_HELLO] = hello,
    [REQUEST_MOUNT_ROOT] = mount_root,
    [REQUEST_UNMOUNT_ROOT] = unmount_root,
    [REQUEST_SIGNAL] = signal_step,
    [REQUEST_CANCEL] = cancel_step,
    [REQUEST_RESIZE] = resize_step,
    [REQUEST_LIST_STEPS] = list_steps,
    [REQUEST_USAGE] = usage,
    [REQUEST_SHUTDOWN] = shut_down,
    [REQUEST_EGRESS] = egress,
    [REQUEST_START_MACHINE] = start_machine,
    [REQUEST_FORGET] = forget,
};

static bool is_job(unsigned type) {
  return (type >= REQUEST_APPLY && type <= REQUEST_READ_FILE) || type == REQUEST_MOVE ||
         type == REQUEST_SYNC || type == REQUEST_ADOPT_TREE;
}

bool request_handle(struct supervisor *supervisor, const struct request *request) {
  struct failure why;
  if (supervisor->is_stopping && request->type != REQUEST_HELLO &&
      request->type != REQUEST_SHUTDOWN) {
    fail_with(&why, ECANCELED, "request", "supervisor", "is shutting down");
    client_send_error(supervisor, request->id, ERROR_STOPPING, &why);
    return true;
  }
  if (request->type == REQUEST_RUN) {
    return steps_run(supervisor, request);
  }
  if (is_job(request->type)) {
    supervisor->changes++;
    if (chroots_collect(supervisor, &why) < 0) {
      client_send_error(supervisor, request->id, ERROR_FAILED, &why);
      return true;
    }
    jobs_begin(supervisor, request);
    return true;
  }
  if (request->type >= COUNT_OF(handlers) || handlers[request->type] == NULL) {
    fail_with(&why, ENOSYS, "request", "type", "%u is unknown", request->type);
    client_send_error(supervisor, request->id, ERROR_UNKNOWN_TYPE, &why);
    return true;
  }
  cleanup_arena struct arena arena = {0};
  struct reader in = {
      .at = request->body, .end = request->body + request->length, .arena = &arena};
  return handlers[request->type](supervisor, request->id, &in);
}
