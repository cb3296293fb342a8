package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.StepKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text of the live view: stages, below them their steps, below a running step its last lines.
 * Drawing depends on nothing but what is given, so a frame can be compared with a file.
 */
final class TreeFrame {

  /** Last lines shown below a running step, where there is room. */
  static final int WINDOW_LINES = 5;

  /** After this long without a step a stage says that it is being prepared. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final BuildView build;
  private final Styles styles;
  private final Glyphs glyphs;
  private final Lines lines;
  private final Map<StepKey, CpuMeter> meters = new HashMap<>();
  private Collection<StageView> unsettled = List.of();

  TreeFrame(BuildView build, Look look) {
    this.build = build;
    this.styles = look.styles();
    this.glyphs = look.glyphs();
    this.lines = new Lines(look);
  }

  /** Takes the stages that the block shows. */
  void unsettled(Collection<StageView> stages) {
    unsettled = stages;
  }

  /** The lines of a stage that is over: itself, then one for each step that ran. */
  List<String> settled(StageView stage) {
    List<String> text = new ArrayList<>();
    StageSkipped skip = stage.skipped();
    StageFinished end = stage.finished();
    if (skip != null) {
      text.add(lines.skipped(stage, skip));
    } else if (end != null) {
      text.add(lines.finished(stage, end));
      for (StepView step : stage.steps()) {
        StepFinished stepEnd = step.finished();
        if (stepEnd != null && !(step.skipped() && step.plan().key().post() != null)) {
          text.add("  " + lines.finished(step, stepEnd));
        }
      }
    }
    return text;
  }

  /**
   * The block.
   *
   * @param last the last lines of each running step
   * @param samples what each running step uses
   * @param note shown at the end; empty for none
   * @param rows how many lines there is room for
   */
  List<String> lines(
      Instant now,
      Map<StepKey, List<String>> last,
      Map<StepKey, Usage> samples,
      String note,
      int rows) {
    int room = Math.max(1, rows - 1);
    List<String> text = new ArrayList<>();
    for (int window = WINDOW_LINES; window >= 0; window--) {
      text = body(now, last, samples, window);
      if (text.size() <= room) {
        break;
      }
    }
    if (text.size() > room) {
      int more = text.size() - room + 1;
      text = new ArrayList<>(text.subList(0, room - 1));
      text.add(styles.dim(glyphs.ellipsis() + " " + Texts.count(more, "more line")));
    }
    text.add(footer(now, note));
    return text;
  }

  /** The lines of a stage that is not over, for a report: no output, no usage. */
  List<String> open(StageView stage, Instant now) {
    List<String> text = new ArrayList<>();
    if (stage.running()) {
      text.add(running(stage, now));
      stage.steps().forEach(step -> step(step, now, Map.of(), Map.of(), 0, text));
    } else {
      text.add(waiting(stage));
    }
    return text;
  }

  private List<String> body(
      Instant now, Map<StepKey, List<String>> last, Map<StepKey, Usage> samples, int window) {
    List<String> text = new ArrayList<>();
    int waiting = 0;
    for (StageView stage : unsettled) {
      if (stage.over()) {
        text.add(settled(stage).getFirst());
      } else if (stage.running()) {
        text.add(running(stage, now));
        for (StepView step : stage.steps()) {
          step(step, now, last, samples, window, text);
        }
      } else if (window > 0) {
        text.add(waiting(stage));
      } else {
        waiting++;
      }
    }
    if (waiting > 0) {
      text.add(styles.dim(glyphs.waiting() + " " + Texts.count(waiting, "stage") + " waiting"));
    }
    return text;
  }

  private String running(StageView stage, Instant now) {
    Duration elapsed = stage.elapsed(now);
    boolean silent = stage.steps().stream().noneMatch(StepView::running);
    String word = silent && elapsed.compareTo(SILENCE) > 0 ? "  preparing" : "";
    return styles.cyan(glyphs.running())
        + " "
        + styles.bold(stage.name())
        + styles.dim("  " + Quantities.duration(elapsed) + word);
  }

  private String waiting(StageView stage) {
    List<String> pending = new ArrayList<>();
    for (String need : stage.plan().needs()) {
      if (!build.stage(need).over()) {
        pending.add(need);
      }
    }
    String why =
        pending.isEmpty() ? "waits for its turn" : "waits for " + String.join(", ", pending);
    return styles.dim(glyphs.waiting() + " " + stage.name() + "  " + why);
  }

  private void step(
      StepView step,
      Instant now,
      Map<StepKey, List<String>> last,
      Map<StepKey, Usage> samples,
      int window,
      List<String> text) {
    StepFinished end = step.finished();
    if (end != null) {
      if (!step.skipped()) {
        text.add("  " + lines.finished(step, end));
      }
      return;
    }
    if (!step.running()) {
      return;
    }
    StepKey key = step.plan().key();
    String time = "  " + Quantities.duration(step.elapsed(now));
    String figures = styles.dim(time + usage(step, samples.get(key), now));
    text.add("  " + styles.cyan(glyphs.running()) + " " + step.label() + figures);
    List<String> lastLines = last.getOrDefault(key, List.of());
    int from = Math.max(0, lastLines.size() - window);
    for (String line : lastLines.subList(from, lastLines.size())) {
      text.add("    " + styles.dim(glyphs.gutter()) + " " + line);
    }
  }

  private String usage(StepView step, @Nullable Usage sample, Instant now) {
    if (sample == null) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    if (sample.cpu() != null) {
      CpuMeter meter = meters.computeIfAbsent(step.plan().key(), _ -> new CpuMeter());
      int percent = meter.percent(sample.cpu(), now);
      if (percent >= 0) {
        text.append("  cpu ").append(percent).append('%');
      }
    }
    if (sample.memoryPeakBytes() != null) {
      String memory = Lines.ofCap(sample.memoryPeakBytes(), step.memoryCap());
      text.append("  peak ").append(memory);
    }
    return text.toString();
  }

  private String footer(Instant now, String note) {
    long over = build.stages().stream().filter(StageView::over).count();
    String text =
        "build %s  %d of %s  %s  "
            .formatted(
                build.build() == null ? "starts" : build.build().toString(),
                over,
                Texts.count(build.stages().size(), "stage"),
                Quantities.duration(build.elapsed(now)));
    return note.isEmpty()
        ? styles.dim(text + "Ctrl-C stops it")
        : styles.dim(text) + styles.yellow(note);
  }

  /** Samples come about once a second; when nothing was added for this long, nothing runs. */
  private static final Duration IDLE = Duration.ofSeconds(3);

  /** Turns growing processor time into a percentage of one processor between two samples. */
  private static final class CpuMeter {
    private Duration cpu = Duration.ZERO;
    private Instant at = Instant.MIN;
    private int percent = -1;

    int percent(Duration total, Instant now) {
      if (at.equals(Instant.MIN)) {
        cpu = total;
        at = now;
      } else if (!total.equals(cpu)) {
        long passed = Math.max(1, Duration.between(at, now).toMillis());
        percent = (int) (total.minus(cpu).toMillis() * 100 / passed);
        cpu = total;
        at = now;
      } else if (Duration.between(at, now).compareTo(IDLE) > 0) {
        percent = 0;
      }
      return percent;
    }
  }
}
