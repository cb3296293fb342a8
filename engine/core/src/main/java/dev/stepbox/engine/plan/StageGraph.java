package dev.stepbox.engine.plan;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.pipeline.expand.ConcretePipeline;
import dev.stepbox.pipeline.expand.ConcreteStage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/** Which stage needs which; every need is a stage, and no stage needs itself by any way. */
final class StageGraph {

  /** Most needs of a build, counted for each stage that has them. */
  static final int NEEDS_MAX = 1_000_000;

  private final SequencedMap<String, List<String>> needs;

  private StageGraph(SequencedMap<String, List<String>> needs) {
    this.needs = needs;
  }

  static StageGraph of(ConcretePipeline pipeline) {
    SequencedMap<String, List<String>> needs = new LinkedHashMap<>();
    long count = 0;
    for (ConcreteStage stage : pipeline.stages()) {
      needs.put(stage.name(), stage.needs());
      count += stage.needs().size();
    }
    if (count > NEEDS_MAX) {
      throw new EngineException(
          ErrorCode.INVALID_PLAN,
          "cannot plan '%s': its stages have %d needs together, the limit is %d. Put a stage"
                  .formatted(pipeline.definition().file(), count, NEEDS_MAX)
              + " between two large matrices, so that each waits for one.");
    }
    for (Map.Entry<String, List<String>> stage : needs.entrySet()) {
      for (String need : stage.getValue()) {
        if (!needs.containsKey(need)) {
          throw Planner.invalid(
              pipeline,
              "stage '%s' needs '%s', which does not exist".formatted(stage.getKey(), need));
        }
      }
    }
    var graph = new StageGraph(needs);
    List<String> cycle = graph.cycle();
    if (!cycle.isEmpty()) {
      throw Planner.invalid(
          pipeline, "its stages need each other in a circle: " + String.join(" → ", cycle));
    }
    return graph;
  }

  /** These stages and all that they need, by any way. */
  Set<String> withNeeds(Collection<String> names) {
    Set<String> found = new HashSet<>(names);
    Deque<String> open = new ArrayDeque<>(names);
    while (!open.isEmpty()) {
      for (String need : needs.getOrDefault(open.pop(), List.of())) {
        if (found.add(need)) {
          open.push(need);
        }
      }
    }
    return found;
  }

  /** A circle, its first stage again as the last; empty when there is none. */
  private List<String> cycle() {
    Map<String, Integer> left = new HashMap<>();
    Map<String, List<String>> neededBy = new HashMap<>();
    Deque<String> free = new ArrayDeque<>();
    needs.forEach((stage, its) -> {
      left.put(stage, its.size());
      its.forEach(need -> neededBy.computeIfAbsent(need, _ -> new ArrayList<>()).add(stage));
      if (its.isEmpty()) {
        free.add(stage);
      }
    });
    while (!free.isEmpty()) {
      String stage = free.pop();
      left.remove(stage);
      for (String dependent : neededBy.getOrDefault(stage, List.of())) {
        if (left.merge(dependent, -1, Integer::sum) == 0) {
          free.push(dependent);
        }
      }
    }
    return left.isEmpty() ? List.of() : follow(left.keySet());
  }

  /** Every stage of {@code stuck} needs another one of it, so that following needs comes round. */
  private List<String> follow(Set<String> stuck) {
    String stage =
        needs.sequencedKeySet().stream().filter(stuck::contains).findFirst().orElseThrow();
    SequencedMap<String, Boolean> path = new LinkedHashMap<>();
    while (path.putIfAbsent(stage, true) == null) {
      stage =
          needs.getOrDefault(stage, List.of()).stream()
              .filter(stuck::contains)
              .findFirst()
              .orElseThrow();
    }
    List<String> cycle = new ArrayList<>(path.sequencedKeySet());
    cycle = new ArrayList<>(cycle.subList(cycle.indexOf(stage), cycle.size()));
    cycle.add(stage);
    return cycle;
  }
}
