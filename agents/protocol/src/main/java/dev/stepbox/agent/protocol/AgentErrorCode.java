package dev.stepbox.agent.protocol;

/** What can go wrong in protocol and worker; each has a row in the reference of error codes. */
public enum AgentErrorCode {
  /** A message cannot be read: not JSON, an unknown type, a wrong or missing member. */
  MESSAGE_MALFORMED("A001", Category.INTERNAL),
  /** A message is larger or deeper than the codec allows. */
  MESSAGE_TOO_LARGE("A002", Category.INTERNAL),
  /** The two ends speak different versions. */
  VERSION_MISMATCH("A003", Category.ENVIRONMENT),
  /** The other end is gone. */
  TRANSPORT_CLOSED("A004", Category.ENVIRONMENT),
  /** A message does not fit the state of the attempt it names. */
  MESSAGE_OUT_OF_PLACE("A005", Category.INTERNAL),
  /** Files of the stage could not be prepared, captured or removed. */
  WORKSPACE_UNUSABLE("A101", Category.ENVIRONMENT),
  /** The image's root file system cannot be used. */
  IMAGE_UNUSABLE("A102", Category.ENVIRONMENT),
  /** The step's sandbox could not start; its process never ran. */
  SANDBOX_NOT_STARTED("A103", Category.ENVIRONMENT),
  /** The sandbox, or what watches over it, went away while the step ran. */
  SANDBOX_LOST("A104", Category.ENVIRONMENT),
  /** A cap cannot be enforced here and the build does not allow that. */
  CAP_UNENFORCED("A105", Category.ENVIRONMENT),
  /** The output of a step could not be read or kept. */
  OUTPUT_UNREADABLE("A106", Category.ENVIRONMENT),
  /** An artifact or stash could not be kept. */
  STORE_FAILED("A107", Category.ENVIRONMENT),
  /** Something the engine should not have sent, for example a checkout without a source. */
  ASSIGNMENT_INVALID("A108", Category.INTERNAL),
  /** This machine lacks what isolation needs, as {@code doctor} would tell. */
  CANNOT_ISOLATE("A109", Category.ENVIRONMENT),
  /** The source tree of a checkout could not be taken, as the engine has told. */
  SOURCE_MISSING("A110", Category.ENVIRONMENT),
  /** A defect of the worker. */
  INTERNAL("A900", Category.INTERNAL);

  /** Whose fault it is; decides exit code and retry. */
  public enum Category {
    /** The machine's, or something around it. */
    ENVIRONMENT,
    /** Ours. */
    INTERNAL
  }

  private final String id;
  private final Category category;

  AgentErrorCode(String id, Category category) {
    this.id = id;
    this.category = category;
  }

  /** The stable id, for example {@code A101}. */
  public String id() {
    return id;
  }

  public Category category() {
    return category;
  }
}
