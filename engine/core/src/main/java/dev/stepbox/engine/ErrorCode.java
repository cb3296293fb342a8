package dev.stepbox.engine;

/** What can go wrong in the engine; each code says whose matter it is. */
public enum ErrorCode {
  /** No build with that number is kept here. */
  UNKNOWN_BUILD("E001", Category.USER),
  /** The request names a stage the pipeline does not have. */
  UNKNOWN_STAGE("E002", Category.USER),
  /** The request does not fit the pipeline: a bad parameter, variable or option. */
  INVALID_REQUEST("E003", Category.USER),
  /** The pipeline cannot be planned: a cycle, an expression that fails, a limit. */
  INVALID_PLAN("E004", Category.USER),
  /** A secret is missing from the caller's environment, or its value is too short to be masked. */
  INVALID_SECRET("E005", Category.USER),
  /** The source cannot be read: no such directory, repository, commit or branch. */
  SOURCE_UNAVAILABLE("E101", Category.USER),
  /** The source holds something that cannot be taken into a workspace. */
  SOURCE_UNSUPPORTED("E102", Category.USER),
  /** An image is not in the store, or its file cannot be read as an image. */
  IMAGE_UNUSABLE("E103", Category.USER),
  /** No such file or directory among what the build kept. */
  UNKNOWN_ARTIFACT("E006", Category.USER),
  /** The build cannot do that in its present state, for example resume when it has finished. */
  BUILD_STATE("E007", Category.USER),
  /** Another process runs this build. */
  BUILD_BUSY("E008", Category.RESOURCES),
  /** A limit of the engine is reached; the message names it. */
  LIMIT_EXCEEDED("E009", Category.RESOURCES),
  /** The pipeline asks for what only the operator can allow, and nobody has. */
  NOT_ALLOWED("E010", Category.USER),
  /** A place outside of the home, which the caller named for a copy, cannot be written. */
  DESTINATION_UNUSABLE("E011", Category.USER),
  /** The home directory cannot be written or read. */
  HOME_UNUSABLE("E201", Category.ENVIRONMENT),
  /** No space is left on the file system of the home directory. */
  NO_SPACE("E202", Category.RESOURCES),
  /** The journal holds something no version of the engine writes. */
  JOURNAL_CORRUPT("E203", Category.ENVIRONMENT),
  /** The worker is gone or refuses to work. */
  WORKER_LOST("E301", Category.ENVIRONMENT),
  /** This machine gives no sandbox, so that no stage can run here. */
  CANNOT_ISOLATE("E302", Category.ENVIRONMENT),
  /** A broken invariant: our bug. */
  INTERNAL("E900", Category.INTERNAL);

  private final String id;
  private final Category category;

  ErrorCode(String id, Category category) {
    this.id = id;
    this.category = category;
  }

  /** The stable id, for example {@code E001}; each has a row in the reference of error codes. */
  public String id() {
    return id;
  }

  /** Whose matter it is. */
  public Category category() {
    return category;
  }

  /** Decides the exit code, who is told, and whether trying again can help. */
  public enum Category {
    /** The caller asked for something that cannot be: change the request or the pipeline. */
    USER,
    /** The build itself is at fault. */
    BUILD,
    /** Something is used up or taken: try again later, or free it. */
    RESOURCES,
    /** The machine or its surroundings are at fault. */
    ENVIRONMENT,
    /** Our bug. */
    INTERNAL
  }
}
