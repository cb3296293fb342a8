package dev.stepbox.engine.plan;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.pipeline.expand.ConcretePipeline;
import dev.stepbox.pipeline.expand.ConcreteStage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** Finds the stages that were asked for by name. */
final class Selection {

  private Selection() {}

  /** Names of stages; of all of them when none is asked for. */
  static List<String> resolve(ConcretePipeline pipeline, List<String> selected) {
    if (selected.isEmpty()) {
      return pipeline.stages().stream().map(ConcreteStage::name).toList();
    }
    List<String> names = new ArrayList<>();
    for (String wanted : selected) {
      int before = names.size();
      for (ConcreteStage stage : pipeline.stages()) {
        if (isMeant(wanted, stage)) {
          names.add(stage.name());
        }
      }
      if (names.size() == before) {
        throw unknown(pipeline, wanted);
      }
    }
    return names;
  }

  private static boolean isMeant(String wanted, ConcreteStage stage) {
    return wanted.equals(stage.name())
        || wanted.equals(stage.group())
        || (stage.group() != null && stage.name().startsWith(wanted + " ["));
  }

  private static EngineException unknown(ConcretePipeline pipeline, String wanted) {
    SequencedSet<String> known = new LinkedHashSet<>();
    for (ConcreteStage stage : pipeline.stages()) {
      if (stage.group() != null) {
        known.add(stage.group());
      }
      known.add(stage.name());
    }
    String near = nearest(wanted, known);
    return new EngineException(
        ErrorCode.UNKNOWN_STAGE,
        "cannot select stage '%s': '%s' has no such stage. %s"
            .formatted(
                wanted,
                pipeline.definition().file(),
                near == null
                    ? "'stepbox plan' lists them."
                    : "Did you mean '%s'? 'stepbox plan' lists them.".formatted(near)));
  }

  private static @Nullable String nearest(String wanted, SequencedSet<String> known) {
    String best = null;
    int bestDistance = 1 + wanted.length() / 3;
    for (String name : known) {
      int distance = distance(wanted.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
      if (distance <= bestDistance) {
        best = distance < bestDistance || best == null ? name : best;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** How many letters must be added, removed or changed to make one of the other. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int change = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[right.length()];
  }
}
