package dev.stepbox.engine.event;

import dev.stepbox.agent.protocol.PostCondition;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a step stands in its build.
 *
 * @param stage full name of the stage, such as {@code Build} or {@code Test [JDK=17]}
 * @param post the post condition it belongs to; null for the stage's own steps
 * @param number place among the steps of the stage or of the condition, from 1
 */
public record StepKey(String stage, @Nullable PostCondition post, int number) {

  public StepKey {
    if (stage.isEmpty() || number < 1) {
      throw new IllegalArgumentException("not a step: '%s' number %d".formatted(stage, number));
    }
  }

  /** The way a user names it: {@code Build/2} or {@code Build/always/1}. */
  @Override
  public String toString() {
    return post == null
        ? stage + "/" + number
        : stage + "/" + post.name().toLowerCase(Locale.ROOT) + "/" + number;
  }
}
