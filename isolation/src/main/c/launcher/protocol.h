/* The wire protocol between a supervisor and its client: docs/reference/launcher-protocol.md. */
#ifndef STEPBOX_PROTOCOL_H
#define STEPBOX_PROTOCOL_H

enum {
  PROTOCOL_VERSION = 1,
  FRAME_LENGTH_FIELD = 4,
  FRAME_HEADER = 8,             /* type, flags, request: what the length field always counts */
  FRAME_MAX = 1024 * 1024,      /* largest value of the length field */
  FRAME_MORE = 1,
  TYPE_REPLY = 0x8000,
  TYPE_ERROR = 0xFFFF,
};

enum request_type {
  REQUEST_HELLO = 1,
  REQUEST_MOUNT_ROOT = 2,
  REQUEST_UNMOUNT_ROOT = 3,
  REQUEST_RUN = 4,
  REQUEST_SIGNAL = 5,
  REQUEST_CANCEL = 6,
  REQUEST_RESIZE = 7,
  REQUEST_LIST_STEPS = 8,
  REQUEST_USAGE = 9,
  REQUEST_APPLY = 10,
  REQUEST_REMOVE_TREE = 11,
  REQUEST_MEASURE_TREE = 12,
  REQUEST_LIST_TREE = 13,
  REQUEST_COPY_TREE = 14,
  REQUEST_READ_FILE = 15,
  REQUEST_SHUTDOWN = 16,
  REQUEST_MOVE = 17,
  REQUEST_SYNC = 18,
  REQUEST_EGRESS = 19,
  REQUEST_START_MACHINE = 20,
  REQUEST_FORGET = 21, /* to a guest only */
  REQUEST_ADOPT_TREE = 22,
};

enum event_type {
  EVENT_EXITED = 0x4001,
  EVENT_OUTPUT = 0x4002, /* of a guest only */
};

enum error_code {
  ERROR_PROTOCOL = 1,
  ERROR_UNKNOWN_TYPE = 2,
  ERROR_NOT_FOUND = 3,
  ERROR_EXISTS = 4,
  ERROR_INVALID = 5,
  ERROR_SETUP = 6,
  ERROR_EXEC = 7,
  ERROR_FAILED = 8,
  ERROR_LIMIT = 9,
  ERROR_STOPPING = 10,
};

enum feature {
  FEATURE_CGROUP_V1 = 1 << 0,
  FEATURE_CGROUP_V2 = 1 << 1,
  FEATURE_OVERLAY_BY_FD = 1 << 2,
  FEATURE_EGRESS = 1 << 3,
  FEATURE_NEW_PRIVILEGES = 1 << 4,
  FEATURE_MANY_IDS = 1 << 5,
};

enum mount_operation {
  MOUNT_OVERLAY = 1,
  MOUNT_TMPFS = 2,
  MOUNT_BIND = 3,
  MOUNT_MKDIR = 4,
  MOUNT_SYMLINK = 5,
  MOUNT_FILE = 6,
  MOUNT_CGROUP = 7,
};

enum mount_flag {
  MOUNT_READ_ONLY = 1 << 0,
  MOUNT_NOSUID = 1 << 1,
  MOUNT_NODEV = 1 << 2,
  MOUNT_NOEXEC = 1 << 3,
  MOUNT_VOLATILE = 1 << 4,
  MOUNT_MAKE = 1 << 5,
};

enum tree_operation {
  TREE_MKDIR = 1,
  TREE_OWNER = 2,
  TREE_MODE = 3,
  TREE_TIMES = 4,
  TREE_WHITEOUT = 5,
  TREE_FIFO = 6,
  TREE_SYMLINK = 7,
  TREE_HARDLINK = 8,
  TREE_XATTR = 9,
  TREE_FILE = 10,
  TREE_REMOVE = 11,
  TREE_ATTRIBUTES = 12,
};

enum entry_type {
  ENTRY_FILE = 1,
  ENTRY_DIRECTORY = 2,
  ENTRY_LINK = 3,
  ENTRY_FIFO = 4,
  ENTRY_SOCKET = 5,
  ENTRY_CHARACTER = 6,
  ENTRY_BLOCK = 7,
};

enum entry_flag {
  ENTRY_WHITEOUT = 1 << 0,
  ENTRY_OPAQUE = 1 << 1,
};

enum remove_flag {
  REMOVE_KEEP_ROOT = 1 << 0,
};

enum list_flag {
  LIST_FLAT = 1 << 0,
  LIST_ATTRIBUTES = 1 << 1,
  LIST_SELF = 1 << 2,
};

enum copy_flag {
  COPY_INTO = 1 << 0,
  COPY_OWN = 1 << 1,
  COPY_NO_REFLINK = 1 << 2,
};

enum run_flag {
  RUN_NO_NEW_PRIVS = 1 << 0,
  RUN_TTY = 1 << 1,
  RUN_READ_ONLY_ROOT = 1 << 2,
  RUN_BY_RUNTIME = 1 << 3,
  RUN_NESTING = 1 << 4,
};

enum network_mode {
  NETWORK_NONE = 0,
  NETWORK_BUILD = 1,
  NETWORK_HOST = 2,
};

enum machine_kind {
  MACHINE_EMULATED = 0,
  MACHINE_ACCELERATED = 1,
};

enum signal_target {
  SIGNAL_MAIN = 0,
  SIGNAL_ALL = 1,
};

enum step_state {
  STEP_STARTING = 1,
  STEP_RUNNING = 2,
};

enum exit_outcome {
  OUTCOME_EXECUTED = 1,
  OUTCOME_SETUP_FAILED = 2,
  OUTCOME_EXEC_FAILED = 3,
};

enum exit_reason {
  REASON_NONE = 0,
  REASON_TIMEOUT = 1,
  REASON_DISK = 2,
  REASON_OOM = 3,
  REASON_PIDS = 4,
  REASON_CANCEL = 5,
  REASON_LOST = 6,
};

enum exit_flag {
  EXIT_OUTPUT_CUT = 1 << 0,
  EXIT_KILLED = 1 << 1,
};

/* Limits that a client can meet; each has its message and its test. */
enum {
  LIMIT_STEPS = 64,
  LIMIT_ROOTS = 256,
  LIMIT_TREE_REQUESTS = 64,
  LIMIT_LOWERS = 500,
  LIMIT_MOUNTS_PER_STEP = 64,
  LIMIT_NESTED_NAMESPACES = 256, /* user namespaces of a user of a step */
  LIMIT_NESTED_CGROUPS = 1024,   /* below that of a step with nesting, version 2 */
  LIMIT_UNSENT = 8 * 1024 * 1024,
  LIMIT_READ_FILE = 1000000,
};

#define EXIT_RECORD_MAGIC "STEPBOX1"

#endif
