package dev.stepbox.cli.render;

import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.event.Words;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.PlannedStage;
import dev.stepbox.engine.plan.PlannedStep;
import dev.stepbox.engine.plan.StageDecision;
import dev.stepbox.engine.plan.Wish;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A plan for people: stages in the order of the file, with their needs, steps and reasons. */
public final class PlanReport {

  private final BuildPlan plan;
  private final List<Wish> refused;
  private final Look look;
  private final Styles styles;

  /**
   * Makes the report of a plan.
   *
   * @param refused what it asks for and does not get
   */
  public PlanReport(BuildPlan plan, List<Wish> refused, Look look) {
    this.plan = plan;
    this.refused = List.copyOf(refused);
    this.look = look;
    this.styles = look.styles();
  }

  /** The lines. */
  public List<String> lines() {
    List<String> text = new ArrayList<>();
    text.add(head());
    plan.pipeline()
        .parameters()
        .forEach((name, value) -> text.add("  parameter " + name + "=" + value));
    text.add("");
    plan.byName().values().forEach(stage -> stage(stage, text));
    if (!refused.isEmpty()) {
      text.add("");
      text.add(styles.red("'stepbox run' refuses this build:"));
      refused.forEach(wish -> text.add("  " + wish));
    }
    return text;
  }

  private String head() {
    return styles.bold(plan.pipeline().definition().file().value())
        + ": "
        + Texts.stages(plan)
        + ", "
        + Texts.count(plan.stepCount(), "step");
  }

  private void stage(PlannedStage stage, List<String> text) {
    switch (stage.decision()) {
      case StageDecision.Skip skip ->
          text.add(
              styles.dim(
                  look.glyphs().skipped() + " " + stage.name() + "  skipped: " + skip.because()));
      case StageDecision.Run _ -> {
        text.add(
            styles.cyan(look.glyphs().waiting())
                + " "
                + styles.bold(stage.name())
                + styles.dim(properties(stage)));
        for (PlannedStep step : stage.steps()) {
          text.add(step(stage, step));
        }
      }
    }
  }

  private static String properties(PlannedStage stage) {
    List<String> parts = new ArrayList<>();
    switch (stage.kind()) {
      case STAGE -> {
        if (!stage.needs().isEmpty()) {
          parts.add("needs " + String.join(", ", stage.needs()));
        }
      }
      case GROUP_POST -> parts.add("when all of '" + stage.group() + "' are over");
      case PIPELINE_POST -> parts.add("when all stages are over");
    }
    parts.add("image " + stage.image());
    switch (stage.isolation()) {
      case CONTAINER -> {}
      case VM -> parts.add("isolation vm");
    }
    parts.add(caps(stage.caps()));
    if (stage.timeout() != null) {
      parts.add("timeout " + Quantities.duration(stage.timeout()));
    }
    return "  " + String.join("; ", parts);
  }

  private String step(PlannedStage stage, PlannedStep step) {
    StepKey key = step.key();
    String place = key.toString().substring(stage.name().length() + 1);
    return "    " + styles.dim(place) + "  " + step.label() + styles.dim(own(stage, step));
  }

  /** What a step has otherwise than its stage. */
  private static String own(PlannedStage stage, PlannedStep step) {
    List<String> parts = new ArrayList<>();
    ImageRef image = step.step().image();
    if (!image.equals(stage.image())) {
      parts.add("image " + image);
    }
    if (!step.step().caps().equals(stage.caps())) {
      parts.add(caps(step.step().caps()));
    }
    if (step.step().timeout() != null) {
      parts.add("timeout " + Quantities.duration(step.step().timeout()));
    }
    if (step.step().definition() instanceof Step.Shell shell) {
      switch (shell.network()) {
        case BUILD -> {}
        case NONE, HOST -> parts.add("network " + Words.of(shell.network()));
      }
      if (!shell.cache().isEmpty()) {
        parts.add("cache " + String.join(" ", shell.cache()));
      }
      switch (shell.terminal()) {
        case PIPE -> {}
        case TTY -> parts.add("tty");
      }
      switch (shell.nesting()) {
        case NONE -> {}
        case ALLOWED -> parts.add("nesting");
      }
    }
    return parts.isEmpty() ? "" : "  " + String.join("; ", parts);
  }

  private static String caps(Caps caps) {
    List<String> parts = new ArrayList<>();
    add(parts, "cpu", caps.cpu() == null ? null : caps.cpu().toString());
    add(parts, "memory", caps.memory() == null ? null : Quantities.size(caps.memory().bytes()));
    add(parts, "pids", caps.pids() == null ? null : caps.pids().toString());
    add(parts, "disk", caps.disk() == null ? null : Quantities.size(caps.disk().bytes()));
    return parts.isEmpty() ? "no caps" : "caps " + String.join(" ", parts);
  }

  private static void add(List<String> parts, String name, @Nullable String value) {
    if (value != null) {
      parts.add(name + " " + value);
    }
  }
}
