package dev.stepbox.pipeline.expand;

import dev.stepbox.pipeline.model.PostCondition;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Post steps with everything they inherit, in the order in which the conditions run. */
public record ConcretePost(SequencedMap<PostCondition, List<ConcreteStep>> steps) {
  public ConcretePost {
    steps = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(steps));
  }

  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /** The steps of one condition, empty if there are none. */
  public List<ConcreteStep> on(PostCondition condition) {
    List<ConcreteStep> group = steps.get(condition);
    return group == null ? List.of() : group;
  }
}
