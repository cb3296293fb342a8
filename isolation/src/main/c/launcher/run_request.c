/* RUN: form and values. */
#include "run_request.h"

#include <errno.h>
#include <string.h>

#include "protocol.h"
#include "seccomp.h"

static void read_groups(struct reader *in, struct run_request *run) {
  run->group_count = read_count(in, 4);
  run->groups = read_array(in, run->group_count, sizeof *run->groups);
  for (uint32_t i = 0; i < run->group_count; i++) {
    run->groups[i] = read_u32(in);
  }
}

static void read_rlimits(struct reader *in, struct run_request *run) {
  run->rlimit_count = read_count(in, 20);
  run->rlimits = read_array(in, run->rlimit_count, sizeof *run->rlimits);
  for (uint32_t i = 0; i < run->rlimit_count; i++) {
    run->rlimits[i].resource = read_u32(in);
    run->rlimits[i].soft = read_u64(in);
    run->rlimits[i].hard = read_u64(in);
  }
}

bool run_request_read(struct reader *in, struct run_request *run) {
  run->step = read_string(in);
  run->record = read_string(in);
  run->root = read_u32(in);
  read_mounts(in, &run->mounts);
  run->host_name = read_string(in);
  run->directory = read_string(in);
  run->arguments = read_strings(in);
  run->environment = read_strings(in);
  run->uid = read_u32(in);
  run->gid = read_u32(in);
  read_groups(in, run);
  run->capabilities = read_u64(in);
  run->flags = read_u32(in);
  read_rlimits(in, run);
  run->umask = read_u32(in);
  run->seccomp = read_string(in);
  run->network = read_u32(in);
  run->rows = read_u32(in);
  run->columns = read_u32(in);
  run->timeout = read_u64(in);
  run->grace = read_u64(in);
  run->output_limit = read_u64(in);
  run->disk_directories = read_strings(in);
  run->cache_directories = read_strings(in);
  run->disk_bytes = read_u64(in);
  run->disk_inodes = read_u64(in);
  run->oom_score = (int32_t)read_u32(in);
  read_cgroup_files(in, &run->cgroup_writes, true);
  read_cgroup_files(in, &run->cgroup_reads, false);
  if ((run->flags & RUN_BY_RUNTIME) != 0) {
    run->runtime = read_strings(in);
    run->bundle = read_bytes(in);
  }
  return read_end(in);
}

static bool is_step_id(const char *text) {
  size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return length > 0 && length <= STEP_ID_MAX && text[length] == 0;
}

static bool mounts_are_possible(const struct mount_list *mounts) {
  for (uint32_t i = 0; i < mounts->count; i++) {
    if (mounts->steps[i].kind == MOUNT_OVERLAY || mounts->steps[i].target[0] == 0) {
      return false;
    }
  }
  return mounts->count <= LIMIT_MOUNTS_PER_STEP;
}

static bool environment_has_names(const struct strings *environment) {
  for (uint32_t i = 0; i < environment->count; i++) {
    const char *sign = strchr(environment->items[i], '=');
    if (sign == NULL || sign == environment->items[i]) {
      return false;
    }
  }
  return true;
}

int run_request_check(const struct run_request *run, struct failure *why) {
  size_t host_name = strlen(run->host_name);
  const struct {
    bool is_wrong;
    const char *field;
    const char *text;
  } checks[] = {
      {!is_step_id(run->step), "step", "1 to 64 of a-z, 0-9 and '-'"},
      {!mounts_are_possible(&run->mounts), "mounts",
       "at most 64, no overlay, and none on the root itself"},
      {host_name == 0 || host_name > 64, "host name", "1 to 64 bytes"},
      {run->directory[0] != '/', "working directory", "must be absolute"},
      {run->arguments.count == 0 || run->arguments.items[0][0] == 0, "argv", "must name a program"},
      {!environment_has_names(&run->environment), "env", "every item is NAME=value"},
      {run->network > NETWORK_HOST, "network", "0, 1 or 2"},
      {run->umask > 0777, "umask", "at most 0777"},
      {run->oom_score < 0 || run->oom_score > 1000, "oom score", "0 to 1000"},
      {seccomp_find(run->seccomp) == NULL, "seccomp", "no such profile in this launcher"},
      {(run->flags & RUN_BY_RUNTIME) != 0 &&
           (run->runtime.count == 0 || run->runtime.items[0][0] != '/'),
       "runtime", "must be the absolute path of a program"},
      {(run->flags & RUN_BY_RUNTIME) != 0 && (run->flags & RUN_NESTING) != 0, "flags",
       "NESTING is for steps without BY_RUNTIME"},
      {run->rows > 65535 || run->columns > 65535, "terminal size", "at most 65535"},
  };
  for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
    if (checks[i].is_wrong) {
      return fail_with(why, EINVAL, "run", checks[i].field, "%s", checks[i].text);
    }
  }
  return 0;
}
