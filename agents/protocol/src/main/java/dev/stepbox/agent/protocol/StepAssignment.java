package dev.stepbox.agent.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * One step to do.
 *
 * @param index the step's number in its attempt; steps count on from 0, post steps after them
 * @param label what people see: the step's name, or the first line of its command
 * @param environment the step's own variables, over the stage's
 */
public record StepAssignment(
    int index,
    String label,
    Position position,
    SequencedMap<String, String> environment,
    Action action) {
  public StepAssignment {
    if (index < 0) {
      throw new IllegalArgumentException("step index must not be negative: " + index);
    }
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
  }
}
