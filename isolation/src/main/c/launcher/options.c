/* Long options, by a table. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "protocol.h"

static bool parse_number(const char *text, uint64_t most, uint64_t *value) {
  if (*text < '0' || *text > '9') {
    return false;
  }
  char *end;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  if (errno != 0 || *end != 0 || number > most) {
    return false;
  }
  *value = number;
  return true;
}

static bool set_socket(struct options *options, char *value) {
  options->socket = value;
  return strlen(value) <= 107; /* sun_path */
}

static bool set_listen_fd(struct options *options, char *value) {
  uint64_t number;
  bool is_good = parse_number(value, 1 << 20, &number);
  options->listen_fd = is_good ? (int)number : -1;
  return is_good;
}

static bool set_store(struct options *options, char *value) {
  options->store = value;
  return value[0] == '/';
}

static bool parse_flags(char *text, unsigned *flags) {
  static const struct {
    const char *name;
    unsigned flag;
  } known[] = {{"ro", MOUNT_READ_ONLY}, {"rw", 0},
               {"nosuid", MOUNT_NOSUID}, {"nodev", MOUNT_NODEV}, {"noexec", MOUNT_NOEXEC}};
  char *rest = text;
  for (char *word; (word = strsep(&rest, ",")) != NULL;) {
    size_t i = 0;
    while (i < COUNT_OF(known) && strcmp(word, known[i].name) != 0) {
      i++;
    }
    if (i == COUNT_OF(known)) {
      return false;
    }
    *flags |= known[i].flag;
  }
  return true;
}

/* From the right, because the source is any path of the host and may hold colons. */
static bool add_bind(struct options *options, char *value) {
  char *flags = strrchr(value, ':');
  if (flags == NULL || options->bind_count == OPTIONS_BINDS) {
    return false;
  }
  *flags++ = 0;
  char *target = strrchr(value, ':');
  if (target == NULL) {
    return false;
  }
  *target++ = 0;
  struct bind_option *bind = &options->binds[options->bind_count++];
  bind->source = value;
  bind->target = target;
  return value[0] == '/' && strncmp(target, "/host/", 6) == 0 && parse_flags(flags, &bind->flags);
}

static bool add_id_line(struct id_lines *ids, char *value) {
  uint64_t numbers[3];
  char *rest = value;
  for (int i = 0; i < 3; i++) {
    char *word = strsep(&rest, ":");
    if (word == NULL || !parse_number(word, UINT32_MAX - 1, &numbers[i])) {
      return false;
    }
  }
  if (rest != NULL || ids->count == OPTIONS_ID_LINES || numbers[2] == 0) {
    return false;
  }
  ids->lines[ids->count++] = (struct id_line){
      .inside = (uint32_t)numbers[0], .outside = (uint32_t)numbers[1], .count = (uint32_t)numbers[2]};
  return true;
}

static bool add_uid_line(struct options *options, char *value) {
  return add_id_line(&options->uids, value);
}

static bool add_gid_line(struct options *options, char *value) {
  return add_id_line(&options->gids, value);
}

/* The position of `value` among the words, or -1. */
static int choose(const char *value, const char *const *words) {
  for (int i = 0; words[i] != NULL; i++) {
    if (strcmp(value, words[i]) == 0) {
      return i;
    }
  }
  return -1;
}

static bool set_id_map(struct options *options, char *value) {
  int choice = choose(value, (const char *const[]){"single", "direct", "newuidmap", NULL});
  options->id_map = choice < 0 ? ID_MAP_SINGLE : (enum id_map)choice;
  return choice >= 0;
}

static bool set_step_zero(struct options *options, char *value) {
  uint64_t number = 0;
  bool is_good = parse_number(value, INT32_MAX, &number);
  options->step_zero = (uint32_t)number;
  return is_good;
}

static bool set_step_files(struct options *options, char *value) {
  options->step_files = value;
  return value[0] == '/';
}

static bool set_cgroup(struct options *options, char *value) {
  int choice = choose(value, (const char *const[]){"none", "v1", "v2", NULL});
  options->cgroup = choice < 0 ? CGROUP_NONE : (enum cgroup_version)choice;
  return choice >= 0;
}

static bool add_hierarchy(struct options *options, char *value) {
  char *path = strchr(value, '=');
  if (path == NULL || path == value || path - value > 31 || path[1] != '/' ||
      options->hierarchy_count == OPTIONS_HIERARCHIES) {
    return false;
  }
  *path++ = 0;
  options->hierarchies[options->hierarchy_count++] =
      (struct hierarchy_option){.name = value, .path = path};
  return true;
}

static bool set_own_cgroup(struct options *options, char *value) {
  options->own_cgroup = value;
  return value[0] == '/';
}

static const char *const egress_names[] = {"none", "pasta", "slirp4netns", NULL};

const char *egress_name(enum egress egress) {
  return egress_names[egress];
}

static bool set_egress(struct options *options, char *value) {
  int choice = choose(value, egress_names);
  options->egress = choice < 0 ? EGRESS_NONE : (enum egress)choice;
  return choice >= 0;
}

static bool set_egress_program(struct options *options, char *value) {
  options->egress_program = value;
  return value[0] == '/';
}

static bool set_emulator(struct options *options, char *value) {
  options->emulator = value;
  return value[0] == '/';
}

static bool set_kvm(struct options *options, char *value) {
  options->kvm = value;
  return value[0] == '/';
}

static bool set_file_server(struct options *options, char *value) {
  options->file_server = value;
  return value[0] == '/';
}

static bool set_capabilities(struct options *options, char *value) {
  return parse_number(value, UINT64_MAX, &options->capabilities);
}

static bool set_slots(struct options *options, char *value) {
  uint64_t number = 0;
  bool is_good = parse_number(value, OPTIONS_SLOTS_MAX, &number);
  options->slots = (unsigned)number;
  return is_good;
}

static bool set_orphan_timeout(struct options *options, char *value) {
  return parse_number(value, 365 * 24 * 3600, &options->orphan_timeout);
}

static bool set_prepare_timeout(struct options *options, char *value) {
  return parse_number(value, 3600, &options->prepare_timeout);
}

static bool set_status_fd(struct options *options, char *value) {
  uint64_t number;
  bool is_good = parse_number(value, 1 << 20, &number);
  options->status_fd = is_good ? (int)number : 1;
  return is_good;
}

static bool set_chroots(struct options *options, char *value) {
  options->chroots = value;
  return strncmp(value, "/store/", 7) == 0;
}

/* FIRST:COUNT */
static bool set_step_users(struct options *options, char *value) {
  uint64_t first = 0, count = 0;
  char *colon = strchr(value, ':');
  if (colon == NULL) {
    return false;
  }
  *colon = 0;
  bool is_good = parse_number(value, INT32_MAX, &first) && parse_number(colon + 1, 1 << 16, &count) &&
                 first > 0 && count >= 2;
  options->users_first = (uint32_t)first;
  options->users_count = (uint32_t)count;
  return is_good;
}

static const struct {
  const char *name;
  bool (*set)(struct options *, char *value);
} table[] = {
    {"--socket", set_socket},
    {"--listen-fd", set_listen_fd},
    {"--store", set_store},
    {"--bind", add_bind},
    {"--map-uid", add_uid_line},
    {"--map-gid", add_gid_line},
    {"--id-map", set_id_map},
    {"--step-zero", set_step_zero},
    {"--step-files", set_step_files},
    {"--chroots", set_chroots},
    {"--step-users", set_step_users},
    {"--cgroup", set_cgroup},
    {"--cgroup-dir", add_hierarchy},
    {"--own-cgroup", set_own_cgroup},
    {"--egress", set_egress},
    {"--egress-program", set_egress_program},
    {"--emulator", set_emulator},
    {"--file-server", set_file_server},
    {"--kvm", set_kvm},
    {"--capabilities", set_capabilities},
    {"--slots", set_slots},
    {"--orphan-timeout", set_orphan_timeout},
    {"--prepare-timeout", set_prepare_timeout},
    {"--status-fd", set_status_fd},
};

static int parse_one(struct options *options, char ***at, struct failure *why) {
  char *name = *(*at)++;
  if (strcmp(name, "--allow-new-privileges") == 0) {
    options->allow_new_privileges = true;
    return 0;
  }
  if (strcmp(name, "--borrow-proc") == 0) {
    options->borrow_proc = true;
    return 0;
  }
  if (strcmp(name, "--runtime") == 0) {
    options->runtime = true;
    return 0;
  }
  size_t length = strcspn(name, "=");
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    if (strlen(table[i].name) != length || strncmp(name, table[i].name, length) != 0) {
      continue;
    }
    char *value = name[length] == '=' ? name + length + 1 : *(*at)++;
    if (value == NULL) {
      return fail_with(why, EINVAL, "option", table[i].name, "needs a value");
    }
    char shown[sizeof why->object];
    strncpy(shown, value, sizeof shown - 1);
    shown[sizeof shown - 1] = 0;
    return table[i].set(options, value)
               ? 0
               : fail_with(why, EINVAL, "option", table[i].name, "cannot be '%s'", shown);
  }
  return fail_with(why, EINVAL, "option", name, "is unknown");
}

int options_parse(struct options *options, char **arguments, struct failure *why) {
  *options = (struct options){
      .listen_fd = -1,
      .kvm = "/dev/kvm",
      .capabilities = UINT64_MAX,
      .slots = OPTIONS_SLOTS_DEFAULT,
      .orphan_timeout = OPTIONS_ORPHAN_TIMEOUT_DEFAULT,
      .prepare_timeout = OPTIONS_PREPARE_TIMEOUT_DEFAULT,
      .status_fd = 1,
  };
  while (*arguments != NULL) {
    if (parse_one(options, &arguments, why) < 0) {
      return -1;
    }
  }
  return 0;
}

static bool has_id(const struct id_lines *ids, uint32_t id) {
  for (unsigned i = 0; i < ids->count; i++) {
    const struct id_line *line = &ids->lines[i];
    if (id >= line->inside && id - line->inside < line->count) {
      return true;
    }
  }
  return false;
}

int options_check_supervise(const struct options *options, struct failure *why) {
  bool is_mapped = options->chroots == NULL;
  const struct {
    bool is_wrong;
    const char *option;
    const char *text;
  } checks[] = {
      {(options->socket == NULL) == (options->listen_fd < 0), "--socket",
       "or --listen-fd is needed, and not both"},
      {options->store == NULL, "--store", "is needed"},
      {(options->chroots == NULL) != (options->users_count == 0), "--step-users",
       "goes with --chroots, which needs it"},
      {options->chroots != NULL && (options->cgroup != CGROUP_NONE || options->egress != EGRESS_NONE ||
                                    options->emulator != NULL || options->allow_new_privileges ||
                                    options->runtime),
       "--chroots", "goes with no cgroup, no egress, no machines, no runtime and no new privileges"},
      {is_mapped && (options->uids.count == 0 || options->uids.lines[0].inside != 0), "--map-uid",
       "is needed, and its first line must map inside id 0"},
      {is_mapped && (options->gids.count == 0 || options->gids.lines[0].inside != 0), "--map-gid",
       "is needed, and its first line must map inside id 0"},
      {is_mapped && options->id_map == ID_MAP_SINGLE &&
           (options->uids.count != 1 || options->gids.count != 1 ||
            options->uids.lines[0].count != 1 || options->gids.lines[0].count != 1),
       "--id-map", "'single' maps exactly one id"},
      {is_mapped && (options->step_zero > UINT16_MAX || !has_id(&options->uids, options->step_zero) ||
                     !has_id(&options->gids, options->step_zero)),
       "--step-zero", "must be mapped, as user and as group"},
      {(options->cgroup == CGROUP_NONE) != (options->hierarchy_count == 0), "--cgroup-dir",
       "goes with --cgroup v1 or v2, which need it"},
      {options->cgroup == CGROUP_V2 && options->hierarchy_count != 1, "--cgroup-dir",
       "v2 has exactly one"},
      {options->own_cgroup != NULL && options->cgroup != CGROUP_V2, "--own-cgroup",
       "goes with --cgroup v2"},
      {(options->egress == EGRESS_NONE) != (options->egress_program == NULL), "--egress-program",
       "goes with --egress, which needs it"},
  };
  for (size_t i = 0; i < COUNT_OF(checks); i++) {
    if (checks[i].is_wrong) {
      return fail_with(why, EINVAL, "option", checks[i].option, "%s", checks[i].text);
    }
  }
  return 0;
}
