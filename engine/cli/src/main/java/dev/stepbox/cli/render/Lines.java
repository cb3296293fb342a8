package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The one-line forms of stages and steps that all views share. */
final class Lines {

  /** Below this, how many cores were busy says nothing. */
  private static final Duration CORES_MIN = Duration.ofMillis(500);

  private final Styles styles;
  private final Glyphs glyphs;

  Lines(Look look) {
    this.styles = look.styles();
    this.glyphs = look.glyphs();
  }

  /** For example {@code ✔ mvn package 38.2s cpu 3.1x peak 812M/2G}. */
  String finished(StepView step, StepFinished end) {
    String label = step.label();
    return switch (end.outcome()) {
      case StepOutcome.Succeeded _ ->
          styles.green(glyphs.succeeded()) + " " + label + styles.dim(figures(step, end));
      case StepOutcome.Skipped skipped ->
          styles.dim(glyphs.skipped() + " " + label + "  skipped: " + skipped.because());
      case StepOutcome.Cancelled cancelled ->
          styles.yellow(glyphs.stopped())
              + " "
              + label
              + styles.dim(figures(step, end))
              + "  cancelled: "
              + cancelled.by();
      case StepOutcome.Failed _, StepOutcome.Killed _, StepOutcome.Errored _ ->
          styles.red(glyphs.failed())
              + " "
              + label
              + styles.dim(figures(step, end))
              + "  "
              + styles.red(ExitMeaning.briefly(step, end.outcome()));
    };
  }

  /** For example {@code ✔ Build 38.2s}, with the reason where it did not succeed. */
  String finished(StageView stage, StageFinished end) {
    String name = styles.bold(stage.name());
    String time = "  " + styles.dim(Quantities.duration(end.elapsed()));
    // A failed step says it itself, on a line of its own.
    boolean told = end.because() == null || stage.steps().stream().anyMatch(StepView::failed);
    String because = told ? "" : "  " + end.because();
    return sign(end.result()) + " " + name + time + because;
  }

  /** For example {@code ∅ Deploy skipped: when: branch is 'main', but it is 'x'}. */
  String skipped(StageView stage, StageSkipped skip) {
    return styles.dim(glyphs.skipped() + " " + stage.name() + "  skipped: " + skip.because());
  }

  /** The sign of a result. */
  String sign(StageResult result) {
    return switch (result) {
      case SUCCEEDED -> styles.green(glyphs.succeeded());
      case FAILED, ERRORED -> styles.red(glyphs.failed());
      case ABORTED -> styles.yellow(glyphs.stopped());
    };
  }

  private String figures(StepView step, StepFinished end) {
    StringBuilder text = new StringBuilder("  ").append(Quantities.duration(end.elapsed()));
    Usage usage = end.usage();
    Duration cpu = usage.cpu();
    if (cpu != null && end.elapsed().compareTo(CORES_MIN) >= 0) {
      text.append("  cpu ").append(Quantities.cores(cpu, end.elapsed()));
    }
    if (usage.memoryPeakBytes() != null) {
      text.append("  peak ").append(ofCap(usage.memoryPeakBytes(), step.memoryCap()));
    }
    return text.toString();
  }

  /** For example {@code 812M/2G}. */
  static String ofCap(long bytes, @Nullable Long cap) {
    String used = Quantities.size(bytes);
    return cap == null ? used : used + "/" + Quantities.size(cap);
  }
}
