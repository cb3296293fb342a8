package dev.stepbox.layercache;

import java.time.Instant;

/**
 * A layer as the store has it; immutable.
 *
 * @param kind where it comes from
 * @param created when it became part of the store
 */
public record Layer(LayerId id, Kind kind, Instant created) {

  /** Where a layer comes from. */
  public enum Kind {
    /** From an image. */
    IMPORTED,
    /** What a stage wrote. */
    CAPTURED,
    /** A source tree. */
    SOURCE,
    /** What a merge of parallel stages had to add. */
    MERGED,
    /** The skeleton of the host image. */
    HOST
  }
}
