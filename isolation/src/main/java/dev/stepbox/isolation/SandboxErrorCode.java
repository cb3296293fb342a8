package dev.stepbox.isolation;

/** Why a sandbox could not be had. The names are stable. */
public enum SandboxErrorCode {
  /** This machine lacks what isolation needs; {@code stepbox doctor} tells the remedy. */
  CANNOT_ISOLATE(Category.ENVIRONMENT),
  /** A cap was asked for that this machine cannot enforce. */
  CAP_NOT_ENFORCEABLE(Category.ENVIRONMENT),
  /** A network mode was asked for that this machine cannot give. */
  NETWORK_UNAVAILABLE(Category.ENVIRONMENT),
  /** A root file system could not be mounted. */
  MOUNT_FAILED(Category.ENVIRONMENT),
  /** The launcher binary is missing, damaged or refused. */
  LAUNCHER_UNUSABLE(Category.ENVIRONMENT),
  /** The supervisor of the build is gone. */
  SUPERVISOR_LOST(Category.INTERNAL),
  /** The supervisor speaks another protocol version, or broke the protocol. */
  PROTOCOL(Category.INTERNAL),
  /** Work on a tree of files failed. */
  TREE_FAILED(Category.ENVIRONMENT),
  /** Memory, disk or processes of the machine ran out. */
  OUT_OF_RESOURCES(Category.RESOURCES),
  /** The caller asked for something that cannot be, for example two steps of one name. */
  INVALID_REQUEST(Category.USER);

  /** Whose fault an error is. */
  public enum Category {
    USER,
    RESOURCES,
    ENVIRONMENT,
    INTERNAL
  }

  private final Category category;

  SandboxErrorCode(Category category) {
    this.category = category;
  }

  /** Decides exit code, retry and who is told. */
  public Category category() {
    return category;
  }
}
