package dev.stepbox.pipeline.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Steps that run after a stage or a pipeline, iterated in the order in which they run. */
public record Post(SequencedMap<PostCondition, List<Step>> steps) {
  /** Nothing runs afterwards. */
  public static final Post NONE = new Post(new LinkedHashMap<>());

  public Post {
    LinkedHashMap<PostCondition, List<Step>> ordered = new LinkedHashMap<>();
    for (PostCondition condition : PostCondition.values()) {
      List<Step> group = steps.get(condition);
      if (group != null && !group.isEmpty()) {
        ordered.put(condition, List.copyOf(group));
      }
    }
    steps = Collections.unmodifiableSequencedMap(ordered);
  }

  public static Post of(Map<PostCondition, List<Step>> steps) {
    return new Post(new LinkedHashMap<>(steps));
  }

  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /** The steps of one condition, empty if there are none. */
  public List<Step> on(PostCondition condition) {
    List<Step> group = steps.get(condition);
    return group == null ? List.of() : group;
  }
}
