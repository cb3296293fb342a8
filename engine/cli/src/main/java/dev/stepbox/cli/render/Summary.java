package dev.stepbox.cli.render;

import dev.stepbox.cli.terminal.DisplayWidth;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The last lines of a build: a table of its stages, and one line with the outcome. */
final class Summary {

  /** Rows of the table; of a larger build the longest stages are shown. */
  static final int ROWS_MAX = 40;

  private static final int NAME_COLUMNS_MAX = 40;
  private static final int FIGURE_COLUMNS = 7;
  private static final int BAR_COLUMNS_MIN = 10;

  private final BuildView build;
  private final Look look;
  private final Styles styles;
  private final Lines lines;
  private final List<String> critical;

  Summary(BuildView build, Look look) {
    this.build = build;
    this.look = look;
    this.styles = look.styles();
    this.lines = new Lines(look);
    this.critical = CriticalPath.of(build);
  }

  /** The lines; the build is finished. */
  List<String> lines() {
    List<String> text = new ArrayList<>();
    BuildStarted started = build.started();
    BuildFinished finished = build.finished();
    if (started == null || finished == null) {
      return text;
    }
    List<StageView> ran = build.stages().stream().filter(s -> s.finished() != null).toList();
    if (ran.size() > 1) {
      text.addAll(table(ran, started.stamp().time(), finished.elapsed()));
    }
    text.add(verdict(finished));
    if (ran.size() > 1) {
      chain(ran, text);
    }
    return text;
  }

  private List<String> table(List<StageView> ran, Instant start, Duration total) {
    List<StageView> rows = ran;
    if (ran.size() > ROWS_MAX) {
      Set<StageView> longest =
          new HashSet<>(
              ran.stream()
                  .sorted((a, b) -> elapsed(b).compareTo(elapsed(a)))
                  .limit(ROWS_MAX)
                  .toList());
      rows = ran.stream().filter(longest::contains).toList();
    }
    int names = 5;
    for (StageView stage : rows) {
      names = Math.max(names, Math.min(NAME_COLUMNS_MAX, DisplayWidth.of(stage.name())));
    }
    int bars = look.columns() - names - 2 * FIGURE_COLUMNS - 8;
    List<String> text = new ArrayList<>();
    String head = DisplayWidth.pad("stage", names) + right("time") + right("wait");
    text.add(styles.dim("  " + head));
    for (StageView stage : rows) {
      text.add(row(stage, names, bars, start, total));
    }
    if (rows.size() < ran.size()) {
      text.add(styles.dim("  and %d shorter stages".formatted(ran.size() - rows.size())));
    }
    return text;
  }

  private String row(StageView stage, int names, int bars, Instant start, Duration total) {
    StageFinished end = stage.finished();
    Instant began = stage.startedAt();
    if (end == null || began == null) {
      return "  " + stage.name();
    }
    Duration wait = Duration.between(CriticalPath.ready(build, stage, start), began);
    String name = DisplayWidth.pad(DisplayWidth.fit(stage.name(), names), names);
    String figures = right(Quantities.duration(end.elapsed())) + right(Quantities.duration(wait));
    String bar =
        bars < BAR_COLUMNS_MIN || !total.isPositive()
            ? ""
            : "  " + bar(stage, Duration.between(start, began), end.elapsed(), total, bars);
    return (lines.sign(end.result()) + " " + name + figures + bar).stripTrailing();
  }

  private String bar(StageView stage, Duration from, Duration length, Duration total, int columns) {
    double cell = (double) total.toNanos() / columns;
    int first = Math.clamp((long) (from.toNanos() / cell), 0, columns - 1);
    int cells = Math.clamp(Math.round(length.toNanos() / cell), 1, columns - first);
    boolean onPath = critical.contains(stage.name());
    String one = onPath ? look.glyphs().criticalBar() : look.glyphs().bar();
    String drawn = one.repeat(cells);
    return " ".repeat(first) + (onPath ? styles.cyan(drawn) : styles.dim(drawn));
  }

  private String verdict(BuildFinished finished) {
    // Where a step failed, the block above this one has told why.
    boolean told = finished.because() == null || !build.failures().isEmpty();
    return lines.sign(finished.outcome())
        + " "
        + styles.bold("build %s %s".formatted(build.build(), word(finished)))
        + " in "
        + Quantities.duration(finished.elapsed())
        + (told ? "" : ": " + finished.because());
  }

  private void chain(List<StageView> ran, List<String> text) {
    Duration sum = Duration.ZERO;
    for (StageView stage : ran) {
      sum = sum.plus(elapsed(stage));
    }
    String arrow = " " + look.glyphs().pointer() + " ";
    text.add(styles.dim("  critical path      ") + String.join(arrow, critical));
    text.add(styles.dim("  one after another  ") + Quantities.duration(sum));
  }

  private static String word(BuildFinished finished) {
    return switch (finished.outcome()) {
      case SUCCEEDED -> "succeeded";
      case FAILED -> "failed";
      case ABORTED -> "was stopped";
      case ERRORED -> "could not be carried out";
    };
  }

  private static Duration elapsed(StageView stage) {
    StageFinished end = stage.finished();
    return end == null ? Duration.ZERO : end.elapsed();
  }

  private static String right(String figure) {
    return " ".repeat(Math.max(1, FIGURE_COLUMNS - figure.length())) + figure;
  }
}
