package dev.stepbox.engine.run;

import java.util.EnumSet;
import java.util.Set;

/** Where a build stands. */
enum BuildState {
  /** Nothing is recorded. */
  NEW,
  /** Its stages run. */
  RUNNING,
  /** It was asked to stop: nothing new begins but post conditions. */
  CANCELLING,
  /** It was asked to stop at once: nothing new begins at all. */
  KILLING,
  /** It is over. */
  FINISHED;

  /** The states that may follow this one. */
  Set<BuildState> next() {
    return switch (this) {
      case NEW -> EnumSet.of(RUNNING);
      case RUNNING -> EnumSet.of(CANCELLING, KILLING, FINISHED);
      case CANCELLING -> EnumSet.of(KILLING, FINISHED);
      case KILLING -> EnumSet.of(FINISHED);
      case FINISHED -> EnumSet.noneOf(BuildState.class);
    };
  }
}
