package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.cli.terminal.Legible;
import dev.stepbox.cli.terminal.OutputText.Colours;
import dev.stepbox.cli.terminal.ShellWords;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a person needs after a failure, in one place: where the step is written, what it ran, how it
 * ended and what that means, its last lines, and what to type next.
 */
final class FailureBlock {

  /** Failed steps that are shown in full; of further ones a line is. */
  static final int STEPS_MAX = 3;

  /** Last lines of output for each. */
  static final int LINES_MAX = 20;

  /** Lines of the command that are shown. */
  static final int SCRIPT_LINES_MAX = 6;

  private static final Pattern SUSPECT =
      Pattern.compile(
          "\\b(error|errors|fatal|fail|failed|failure|exception|panic|denied|cannot|undefined"
              + "|not found|no such file)\\b",
          Pattern.CASE_INSENSITIVE);

  private final BuildView build;
  private final Look look;
  private final Styles styles;
  private final LogSource logs;
  private final String again;

  /**
   * Makes the block of a build.
   *
   * @param again the command that runs the same pipeline again, without {@code --stage}
   */
  FailureBlock(BuildView build, Look look, LogSource logs, String again) {
    this.build = build;
    this.look = look;
    this.styles = look.styles();
    this.logs = logs;
    this.again = again;
  }

  /** The lines; none if no step failed. */
  List<String> lines() {
    List<StepView> failures = build.failures();
    List<String> text = new ArrayList<>();
    for (StepView step : failures.subList(0, Math.min(STEPS_MAX, failures.size()))) {
      if (!text.isEmpty()) {
        text.add("");
      }
      describe(step, text);
    }
    if (failures.size() > STEPS_MAX) {
      text.add("");
      for (StepView step : failures.subList(STEPS_MAX, failures.size())) {
        StepFinished end = step.finished();
        text.add(head(step) + (end == null ? "" : "  " + ExitMeaning.briefly(step, end.outcome())));
      }
    }
    if (!failures.isEmpty()) {
      text.add("");
      next(failures.getFirst(), text);
    }
    return text;
  }

  private void describe(StepView step, List<String> text) {
    StepFinished end = step.finished();
    if (end == null) {
      return;
    }
    text.add(head(step));
    text.add(row("at", position(step)));
    command(step, text);
    text.add(row("ended", ExitMeaning.of(step, end.outcome())));
    List<String> last = last(step);
    if (last.isEmpty()) {
      text.add(row("output", "none"));
      return;
    }
    text.add(row("output", end.outputBytes() == 0 ? "" : "the last lines of " + size(end)));
    int suspect = suspect(last);
    for (int i = 0; i < last.size(); i++) {
      String gutter =
          i == suspect ? styles.red(look.glyphs().pointer()) : styles.dim(look.glyphs().gutter());
      text.add("    " + gutter + " " + last.get(i));
    }
  }

  private String head(StepView step) {
    return styles.red(look.glyphs().failed())
        + " "
        + styles.bold(step.plan().key().toString())
        + "  "
        + step.label();
  }

  private static String size(StepFinished end) {
    return Quantities.size(end.outputBytes());
  }

  private static String position(StepView step) {
    SourceRange range = step.plan().step().definition().range();
    return range.file() + ":" + range.startLine();
  }

  private void command(StepView step, List<String> text) {
    if (!(step.plan().step().definition() instanceof Step.Shell shell)) {
      text.add(row("step", step.label()));
      return;
    }
    List<String> script = Legible.uncoloured(shell.script()).strip().lines().toList();
    text.add(row("command", script.getFirst()));
    for (String line : script.subList(1, Math.min(SCRIPT_LINES_MAX, script.size()))) {
      text.add(row("", line));
    }
    if (script.size() > SCRIPT_LINES_MAX) {
      text.add(row("", "and %d more lines".formatted(script.size() - SCRIPT_LINES_MAX)));
    }
  }

  private String row(String name, String value) {
    String padded = name + " ".repeat(Math.max(0, 9 - name.length()));
    return ("    " + styles.dim(padded) + value).stripTrailing();
  }

  private List<String> last(StepView step) {
    Colours colours = styles.coloured() ? Colours.KEEP : Colours.DROP;
    try {
      return LogReader.tail(logs.log(step.plan().key()), LINES_MAX, colours);
    } catch (IOException e) {
      return List.of("(the log cannot be read: %s)".formatted(e.getMessage()));
    }
  }

  /** The first line that looks like the cause, or -1. */
  private static int suspect(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (SUSPECT.matcher(lines.get(i)).find()) {
        return i;
      }
    }
    return -1;
  }

  private void next(StepView step, List<String> text) {
    StepKey key = step.plan().key();
    text.add(styles.dim("  next"));
    text.add("    stepbox logs " + ShellWords.quote(build.build() + "/" + key));
    text.add("    stepbox show " + build.build());
    boolean machine =
        step.finished() != null && step.finished().outcome() instanceof StepOutcome.Errored;
    text.add(
        "    "
            + (machine ? "stepbox doctor" : again + " --stage " + ShellWords.quote(key.stage())));
  }
}
