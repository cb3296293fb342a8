package dev.stepbox.layercache;

import org.jspecify.annotations.Nullable;

/**
 * The store could not do what was asked. The message says what, on which object, and what to do.
 */
public final class LayerCacheException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  public LayerCacheException(Code code, String message) {
    this(code, message, null);
  }

  public LayerCacheException(Code code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** What kind of failure it is; decide by this and never by the message. */
  public Code code() {
    return code;
  }

  /** What went wrong, and whose affair it is. The ids are stable. */
  public enum Code {
    /** The source of an image is missing or cannot be read. */
    SOURCE_UNREADABLE("L101", Category.USER),
    /** An archive is cut short or is not what it should be. */
    ARCHIVE_CORRUPT("L102", Category.USER),
    /** An archive tries what no honest one does. */
    ARCHIVE_REFUSED("L103", Category.USER),
    /** Bytes are not those that the image names. */
    DIGEST_MISMATCH("L104", Category.USER),
    /** A named limit is exceeded. */
    LIMIT_EXCEEDED("L105", Category.USER),
    /** A form of image that we do not read. */
    UNSUPPORTED("L106", Category.USER),
    /** No image has this name or id. */
    IMAGE_UNKNOWN("L107", Category.USER),
    /** No layer has this id: it was reclaimed, or lost with the machine. */
    LAYER_UNKNOWN("L108", Category.USER),
    /** A place outside of the store, which the caller named for a copy, cannot be written. */
    DESTINATION_UNUSABLE("L109", Category.USER),
    /** The file system is full, or the quota with everything held. */
    STORE_FULL("L201", Category.RESOURCES),
    /** The store may not be written. */
    STORE_READ_ONLY("L202", Category.ENVIRONMENT),
    /** An operation on files of the store failed. */
    STORE_UNUSABLE("L203", Category.ENVIRONMENT),
    /** Files of other ids cannot be reached on this machine. */
    TREE_UNREACHABLE("L204", Category.ENVIRONMENT),
    /** The store was written by another version of the program. */
    STORE_VERSION("L205", Category.ENVIRONMENT),
    /** What the store holds is damaged. */
    STORE_CORRUPT("L206", Category.ENVIRONMENT);

    private final String id;
    private final Category category;

    Code(String id, Category category) {
      this.id = id;
      this.category = category;
    }

    public String id() {
      return id;
    }

    public Category category() {
      return category;
    }
  }

  /** Whose affair a failure is. */
  public enum Category {
    /** What was asked for or given cannot be done. */
    USER,
    /** Something ran out. */
    RESOURCES,
    /** The machine must be put right. */
    ENVIRONMENT
  }
}
