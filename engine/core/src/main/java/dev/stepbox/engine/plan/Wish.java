package dev.stepbox.engine.plan;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline asks for, and what only the operator can allow.
 *
 * @param who the stage or step that asks
 * @param place where it is written; null for the pipeline's own post block
 * @param what it asks for, for people
 * @param option of the command line that allows it
 */
public record Wish(String who, @Nullable SourceRange place, String what, String option) {

  /** The whole of it on one line. */
  @Override
  public String toString() {
    String at = place == null ? "" : place.position() + ": ";
    return "%s%s asks for %s; %s allows it".formatted(at, who, what, option);
  }
}
