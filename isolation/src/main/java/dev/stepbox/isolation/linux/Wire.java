package dev.stepbox.isolation.linux;

/**
 * Numbers of the launcher's protocol; {@code docs/reference/launcher-protocol.md} explains them.
 */
final class Wire {
  static final int VERSION = 1;
  static final int LENGTH_BYTES = 4;
  static final int HEADER_BYTES = 8;

  /** Largest value of a frame's length field. */
  static final int FRAME_MAX = 1024 * 1024;

  static final int FLAG_MORE = 1;
  static final int REPLY = 0x8000;
  static final int ERROR = 0xFFFF;
  static final int EVENT_EXITED = 0x4001;

  static final int HELLO = 1;
  static final int MOUNT_ROOT = 2;
  static final int UNMOUNT_ROOT = 3;
  static final int RUN = 4;
  static final int SIGNAL = 5;
  static final int CANCEL = 6;
  static final int RESIZE = 7;
  static final int LIST_STEPS = 8;
  static final int USAGE = 9;
  static final int APPLY = 10;
  static final int REMOVE_TREE = 11;
  static final int MEASURE_TREE = 12;
  static final int LIST_TREE = 13;
  static final int COPY_TREE = 14;
  static final int READ_FILE = 15;
  static final int SHUTDOWN = 16;
  static final int SYNC = 18;
  static final int EGRESS = 19;
  static final int START_MACHINE = 20;
  static final int ADOPT_TREE = 22;

  static final int REMOVE_KEEP_ROOT = 1;
  static final int LIST_ATTRIBUTES = 2;
  static final int LIST_SELF = 4;

  static final int RUN_NO_NEW_PRIVILEGES = 1;
  static final int RUN_TERMINAL = 2;
  static final int RUN_BY_RUNTIME = 8;
  static final int RUN_NESTING = 16;

  static final int MACHINE_EMULATED = 0;

  static final int CODE_NOT_FOUND = 3;
  static final int CODE_INVALID = 5;
  static final int CODE_SETUP = 6;
  static final int CODE_EXEC = 7;

  private Wire() {}
}
