package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.engine.event.Words;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.plan.StageDecision;
import dev.stepbox.engine.plan.Wish;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.Step;
import java.util.ArrayList;
import java.util.List;

/** A plan for programs: as JSON, and in the language of Graphviz. */
public final class PlanGraph {

  private PlanGraph() {}

  /** A directed graph from each need to the stage that waits for it. */
  public static List<String> dot(BuildPlan plan) {
    List<String> lines = new ArrayList<>();
    lines.add("digraph plan {");
    lines.add("  rankdir=LR; node [shape=box, style=rounded];");
    for (PlannedStage stage : plan.byName().values()) {
      String style = stage.runs() ? "" : " [style=\"rounded,dashed\"]";
      lines.add("  " + quote(stage.name()) + style + ";");
      for (String need : stage.needs()) {
        lines.add("  " + quote(need) + " -> " + quote(stage.name()) + ";");
      }
    }
    lines.add("}");
    return lines;
  }

  /**
   * The whole plan as one object on one line.
   *
   * @param refused what it asks for and does not get
   */
  public static String json(BuildPlan plan, List<Wish> refused) {
    JsonWriter json = new JsonWriter();
    json.beginObject()
        .field("pipeline", plan.pipeline().definition().file().value())
        .field("digest", plan.digest());
    json.name("parameters").beginObject();
    plan.pipeline().parameters().forEach(json::field);
    json.endObject().name("stages").beginArray();
    plan.byName().values().forEach(stage -> stage(json, stage));
    json.endArray().name("refused").beginArray();
    refused.forEach(wish -> refused(json, wish));
    return json.endArray().endObject().toString();
  }

  private static void refused(JsonWriter json, Wish wish) {
    json.beginObject().field("who", wish.who()).field("what", wish.what());
    SourceRange place = wish.place();
    if (place != null) {
      json.field("file", place.file().value()).field("line", place.startLine());
    }
    json.field("allowedBy", wish.option()).endObject();
  }

  private static void stage(JsonWriter json, PlannedStage stage) {
    json.beginObject()
        .field("stage", stage.name())
        .field("group", stage.group())
        .field("runs", stage.runs());
    switch (stage.decision()) {
      case StageDecision.Run _ -> {}
      case StageDecision.Skip skip ->
          json.field("reason", Words.of(skip.reason()))
              .field("predicate", skip.predicate())
              .field("seen", skip.seen())
              .field("because", skip.because());
    }
    SourceRange range = stage.range();
    if (range != null) {
      json.field("file", range.file().value()).field("line", range.startLine());
    }
    json.name("needs").beginArray();
    stage.needs().forEach(json::value);
    json.endArray().field("image", stage.image().toString());
    json.field("isolation", Words.of(stage.isolation()));
    caps(json, stage.caps());
    json.field("timeoutMs", stage.timeout() == null ? null : stage.timeout().toMillis());
    json.name("steps").beginArray();
    stage.steps().forEach(step -> step(json, step));
    json.endArray().endObject();
  }

  private static void step(JsonWriter json, PlannedStep step) {
    SourceRange range = step.step().definition().range();
    json.beginObject()
        .field("step", step.key().toString())
        .field("kind", step.kind())
        .field("label", step.label())
        .field("file", range.file().value())
        .field("line", range.startLine())
        .field("image", step.step().image().toString());
    caps(json, step.step().caps());
    json.field(
        "timeoutMs", step.step().timeout() == null ? null : step.step().timeout().toMillis());
    if (step.step().definition() instanceof Step.Shell shell) {
      json.field("network", Words.of(shell.network()));
      json.name("cache").beginArray();
      shell.cache().forEach(json::value);
      json.endArray()
          .field("tty", shell.terminal() == Step.Terminal.TTY)
          .field("nesting", shell.nesting() == Step.Nesting.ALLOWED);
    }
    json.endObject();
  }

  private static void caps(JsonWriter json, Caps caps) {
    json.name("caps").beginObject();
    if (caps.cpu() != null) {
      json.name("cpu").value(caps.cpu().thousandths() / 1000.0);
    }
    json.field("memoryBytes", caps.memory() == null ? null : caps.memory().bytes())
        .field("pids", caps.pids())
        .field("diskBytes", caps.disk() == null ? null : caps.disk().bytes())
        .endObject();
  }

  private static String quote(String name) {
    return '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
