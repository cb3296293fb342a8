package dev.stepbox.cli.render;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.cli.terminal.OutputText.Colours;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.Announcement;
import dev.stepbox.engine.event.BuildEvent.ArtifactStored;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildResumed;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.CheckoutDone;
import dev.stepbox.engine.event.BuildEvent.StageFinished;
import dev.stepbox.engine.event.BuildEvent.StageSkipped;
import dev.stepbox.engine.event.BuildEvent.StageStarted;
import dev.stepbox.engine.event.BuildEvent.StashStored;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.BuildEvent.StepStarted;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.log.StepLog;
import dev.stepbox.engine.plan.BuildPlan;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a build as lines that are only ever added, each with its time and its stage, for files,
 * pipes and terminals that cannot be redrawn. The output of steps that run side by side is mixed
 * line by line, never inside a line.
 */
public final class PlainRenderer implements BuildRenderer {

  /** Bytes of one step that are written before another step has its turn. */
  private static final long TURN_BYTES = 8L << 20;

  private final PrintStream out;
  private final Look look;
  private final Styles styles;
  private final Lines lines;
  private final BuildPlan plan;
  private final BuildView build;
  private final LogSource logs;
  private final String again;
  private final InstantSource clock;
  private final Clocks clocks;
  private final Map<StepKey, Follower> followers = new LinkedHashMap<>();

  /**
   * Makes a renderer.
   *
   * @param out stays open
   * @param subject the build, from its first event on
   */
  public PlainRenderer(PrintStream out, Look look, Subject subject, InstantSource clock) {
    this.out = out;
    this.look = look;
    this.styles = look.styles();
    this.lines = new Lines(look);
    this.plan = subject.plan();
    this.build = new BuildView(plan);
    this.logs = subject.logs();
    this.again = subject.again();
    this.clock = clock;
    this.clocks = new Clocks(look.zone());
  }

  @Override
  public void event(BuildEvent event) {
    if (event instanceof StepFinished end) {
      finishOutput(end.step());
    }
    build.apply(event);
    Instant time = event.stamp().time();
    switch (event) {
      case BuildStarted e -> line(time, Texts.started(e, plan));
      case BuildResumed _ -> line(time, "carried on by another process");
      case CheckoutDone e -> line(time, styles.dim(Texts.checkout(e)));
      case Announcement e -> announce(time, e);
      case StageStarted _ -> {}
      case StageSkipped e -> line(time, lines.skipped(build.stage(e.stage()), e));
      case StageFinished e -> line(time, lines.finished(build.stage(e.stage()), e));
      case StepStarted e -> begin(e);
      case StepFinished e -> end(e);
      case ArtifactStored e -> inStage(time, e.step(), styles.dim(Texts.artifact(e)));
      case StashStored e -> inStage(time, e.step(), styles.dim(Texts.stash(e)));
      case BuildCancelling e -> line(time, styles.yellow(Texts.cancelling(e)));
      case BuildFinished _ -> finish();
    }
    out.flush();
  }

  @Override
  public void tick(Instant now) {
    boolean wrote = false;
    for (Follower follower : followers.values()) {
      wrote |= follower.read(TURN_BYTES);
    }
    if (wrote) {
      out.flush();
    }
  }

  @Override
  public void note(String text) {
    line(clock.instant(), styles.yellow(text));
    out.flush();
  }

  @Override
  public void close() {
    out.flush();
  }

  private void begin(StepStarted event) {
    Instant time = event.stamp().time();
    String place = styles.dim("  " + event.position());
    inStage(time, event.step(), styles.cyan("$ ") + styles.bold(event.label()) + place);
    followers.put(event.step(), new Follower(event.step(), time));
  }

  private void announce(Instant time, Announcement event) {
    if (!build.repeats(event)) {
      line(time, Texts.announcement(event, styles));
    }
  }

  private void end(StepFinished event) {
    StepView step = build.step(event.step());
    if (step.skipped() && event.step().post() != null) {
      return;
    }
    line(
        event.stamp().time(),
        styles.bold(event.step().stage()) + " " + lines.finished(step, event));
  }

  private void finishOutput(StepKey key) {
    Follower follower = followers.remove(key);
    if (follower != null) {
      follower.read(Long.MAX_VALUE);
      follower.reader.flush();
    }
  }

  private void finish() {
    var failures = new FailureBlock(build, look, logs, again).lines();
    if (!failures.isEmpty()) {
      out.append('\n');
      failures.forEach(text -> out.append(text).append('\n'));
    }
    out.append('\n');
    new Summary(build, look).lines().forEach(text -> out.append(text).append('\n'));
  }

  private void inStage(Instant time, StepKey step, String text) {
    line(time, prefix(step) + text);
  }

  private String prefix(StepKey step) {
    return styles.bold(step.stage()) + " " + styles.dim(look.glyphs().pointer()) + " ";
  }

  private void line(Instant time, String text) {
    out.append(styles.dim(clocks.text(time))).append(' ').append(text).append('\n');
  }

  /** Copies the output of one step, line by line. */
  private final class Follower {
    private final StepLog log;
    private final LogReader reader;
    private final byte[] prefix;
    private final Instant begin;

    /**
     * A follower.
     *
     * @param begin the time of the step's own line: no output has an earlier one
     */
    Follower(StepKey step, Instant begin) {
      this.begin = begin;
      this.log = logs.log(step);
      this.prefix = (" " + prefix(step)).getBytes(UTF_8);
      Colours colours = styles.coloured() ? Colours.KEEP : Colours.DROP;
      this.reader = new LogReader(log, colours, this::write);
    }

    /** Whether anything was read. A log that cannot be read says so once, in its own place. */
    boolean read(long most) {
      try {
        return reader.read(most) > 0;
      } catch (IOException e) {
        line(clock.instant(), styles.red("the output cannot be read: " + e.getMessage()));
        return false;
      }
    }

    private void write(byte[] bytes, int offset, int length) {
      out.append(styles.dim(time()));
      out.write(prefix, 0, prefix.length);
      out.write(bytes, offset, length);
      out.write('\n');
    }

    private String time() {
      try {
        Instant printed = log.timeAt(reader.lineStart());
        return clocks.text(printed.isBefore(begin) ? begin : printed);
      } catch (IOException ignored) {
        // The index is missing; the text is worth more than its time.
        return "--:--:--.---";
      }
    }
  }
}
