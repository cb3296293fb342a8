package dev.stepbox.pipeline.lint;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.NEEDS_CYCLE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.SELF_NEED;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.UNKNOWN_NEED;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.diagnostic.Suggestions;
import dev.stepbox.pipeline.model.Need;
import dev.stepbox.pipeline.model.Stage;
import java.util.ArrayList;
import java.util.List;

/** Needs name other stages, and no stage waits for itself. */
final class NeedsRule {
  private static final int NAMES_SHOWN_MAX = 8;

  static void checkNames(StageIndex index, Findings found) {
    for (Stage stage : index.stages()) {
      for (Need need : needsOf(stage)) {
        if (index.position(need.stage()) == null && !found.isFull()) {
          found.add(unknown(need, stage, index));
        }
      }
    }
  }

  private static Diagnostic unknown(Need need, Stage stage, StageIndex index) {
    List<String> others = new ArrayList<>();
    for (Stage other : index.stages()) {
      if (!other.name().equals(stage.name())) {
        others.add(other.name());
      }
    }
    String nearest = Suggestions.nearest(need.stage(), others);
    String hint;
    if (nearest != null) {
      hint = "did you mean '" + nearest + "'?";
    } else if (others.isEmpty()) {
      hint = "there is no other stage: remove 'needs'";
    } else {
      boolean isLong = others.size() > NAMES_SHOWN_MAX;
      List<String> shown = isLong ? others.subList(0, NAMES_SHOWN_MAX) : others;
      hint = "the stages are " + String.join(", ", shown) + (isLong ? ", …" : "");
    }
    return new Diagnostic(
        UNKNOWN_NEED,
        "stage %s needs %s, which does not exist"
            .formatted(quote(stage.name()), quote(need.stage())),
        need.range(),
        "no stage of this name",
        hint,
        List.of());
  }

  private static List<Need> needsOf(Stage stage) {
    List<Need> needs = stage.needs();
    return needs == null ? List.of() : needs;
  }

  static void checkOrder(StageIndex index, Findings found) {
    List<List<Edge>> graph = new ArrayList<>();
    for (int position = 0; position < index.stages().size(); position++) {
      graph.add(edges(index, position, found));
    }
    for (List<Edge> cycle : Cycles.of(graph)) {
      found.add(cyclic(cycle, index));
    }
  }

  /** What a stage waits for; a need of itself is reported and left out. */
  private static List<Edge> edges(StageIndex index, int position, Findings found) {
    Stage stage = index.stages().get(position);
    List<Edge> edges = new ArrayList<>();
    if (stage.needs() == null && position > 0) {
      edges.add(new Edge(position, position - 1, stage.range(), "waits for the stage before it"));
    }
    for (Need need : needsOf(stage)) {
      Integer target = index.position(need.stage());
      if (target == null) {
        continue;
      }
      if (target == position) {
        found.add(
            new Diagnostic(
                SELF_NEED,
                "stage %s needs itself".formatted(quote(stage.name())),
                need.range(),
                "this is the stage itself",
                "remove it from 'needs'",
                List.of()));
      } else {
        edges.add(new Edge(position, target, need.range(), "waits for it here"));
      }
    }
    return edges;
  }

  private static Diagnostic cyclic(List<Edge> cycle, StageIndex index) {
    StringBuilder path = new StringBuilder();
    for (Edge edge : cycle) {
      path.append(quote(index.stages().get(edge.from()).name())).append(" → ");
    }
    path.append(quote(index.stages().get(cycle.getFirst().from()).name()));
    List<Diagnostic.Related> others = new ArrayList<>();
    for (Edge edge : cycle.subList(1, Math.min(cycle.size(), NAMES_SHOWN_MAX))) {
      String name = quote(index.stages().get(edge.from()).name());
      others.add(new Diagnostic.Related(edge.range(), name + " " + edge.reason()));
    }
    return new Diagnostic(
        NEEDS_CYCLE,
        "stages wait for each other: " + path,
        cycle.getFirst().range(),
        quote(index.stages().get(cycle.getFirst().from()).name()) + " " + cycle.getFirst().reason(),
        "remove one of these needs; a stage without 'needs' needs the one before it",
        others);
  }

  /** One stage waits for another; both by position. */
  record Edge(int from, int to, SourceRange range, String reason) {}

  private NeedsRule() {}
}
