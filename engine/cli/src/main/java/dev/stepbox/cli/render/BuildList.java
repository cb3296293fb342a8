package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.terminal.DisplayWidth;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.event.Words;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Builds as a table, and each as JSON. */
public final class BuildList {

  private final Styles styles;
  private final Instant now;

  /** Makes a list that tells ages as seen from a moment. */
  public BuildList(Styles styles, Instant now) {
    this.styles = styles;
    this.now = now;
  }

  /** One line for each build, below a line of headings. */
  public List<String> lines(List<BuildSummary> builds) {
    Table table = new Table("build", "state", "time", "age", "pipeline");
    for (BuildSummary build : builds) {
      table.row(
          build.build().toString(),
          state(build) + (build.execution() == Execution.DRY_RUN ? " (dry run)" : ""),
          Quantities.duration(build.elapsed()),
          age(Duration.between(build.startedAt(), now)),
          build.directory());
    }
    return table.lines(styles);
  }

  /** The outcome, or what it is doing. */
  String state(BuildSummary build) {
    if (build.outcome() != null) {
      String word = Words.of(build.outcome());
      return switch (build.outcome()) {
        case SUCCEEDED -> styles.green(word);
        case FAILED, ERRORED -> styles.red(word);
        case ABORTED -> styles.yellow(word);
      };
    }
    String word = Words.of(build.state());
    return switch (build.state()) {
      case RUNNING -> styles.cyan(word);
      case INTERRUPTED -> styles.yellow(word);
      case FINISHED -> word;
    };
  }

  /** For example {@code 5m}, {@code 3h}, {@code 12d}. */
  static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m";
    }
    return seconds < 86_400 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
  }

  /** Writes one build as an object. */
  public static JsonWriter json(JsonWriter json, BuildSummary build) {
    return json.beginObject()
        .field("build", build.build().number())
        .field("state", Words.of(build.state()))
        .field("outcome", build.outcome() == null ? null : Words.of(build.outcome()))
        .field("execution", Words.of(build.execution()))
        .field("pipeline", build.pipeline())
        .field("directory", build.directory())
        .field("startedAt", build.startedAt().toString())
        .field("elapsedMs", build.elapsed().toMillis())
        .endObject();
  }

  /** Columns as wide as their widest cell. */
  static final class Table {
    private final List<String> heads;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... heads) {
      this.heads = List.of(heads);
    }

    void row(String... cells) {
      rows.add(List.of(cells));
    }

    List<String> lines(Styles styles) {
      int[] widths = new int[heads.size()];
      widen(widths, heads);
      rows.forEach(row -> widen(widths, row));
      List<String> lines = new ArrayList<>();
      lines.add(styles.dim(line(widths, heads)));
      rows.forEach(row -> lines.add(line(widths, row)));
      return lines;
    }

    private static void widen(int[] widths, List<String> cells) {
      for (int i = 0; i < cells.size(); i++) {
        widths[i] = Math.max(widths[i], DisplayWidth.of(cells.get(i)));
      }
    }

    private static String line(int[] widths, List<String> cells) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < cells.size(); i++) {
        boolean last = i == cells.size() - 1;
        line.append(last ? cells.get(i) : DisplayWidth.pad(cells.get(i), widths[i] + 2));
      }
      return line.toString();
    }
  }
}
