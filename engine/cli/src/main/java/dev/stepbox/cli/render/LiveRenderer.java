package dev.stepbox.cli.render;

import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.cli.terminal.LiveScreen;
import dev.stepbox.cli.terminal.OutputText.Colours;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.Announcement;
import dev.stepbox.engine.event.BuildEvent.BuildCancelling;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.BuildEvent.BuildResumed;
import dev.stepbox.engine.event.BuildEvent.BuildStarted;
import dev.stepbox.engine.event.BuildEvent.CheckoutDone;
import dev.stepbox.engine.event.BuildEvent.StepFinished;
import dev.stepbox.engine.event.BuildEvent.StepStarted;
import dev.stepbox.engine.event.StepKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Draws a build on a terminal: lines of what is over stay, a block below them shows what runs and
 * what waits. A stage moves up into the lines that stay when it and all stages before it are over,
 * so that what is left in the scrollback reads in the order of the pipeline.
 */
public final class LiveRenderer implements BuildRenderer {

  /** Between two redraws: ten a second look alive and cost nothing. */
  private static final Duration FRAME = Duration.ofMillis(100);

  /** Output that is worth going through for the last lines; what is before is left out. */
  private static final long WINDOW_BYTES = 32 * 1024;

  private final LiveScreen screen;
  private final Look look;
  private final BuildView build;
  private final Subject subject;
  private final Supplier<Map<StepKey, Usage>> samples;
  private final TreeFrame frame;
  private final Map<StepKey, Window> windows = new LinkedHashMap<>();
  private final List<String> permanent = new ArrayList<>();
  private final Deque<StageView> open = new ArrayDeque<>();
  private Instant lastFrame = Instant.MIN;
  private String note = "";

  /**
   * Makes a renderer.
   *
   * @param samples what the running steps use at this moment
   */
  public LiveRenderer(
      LiveScreen screen, Look look, Subject subject, Supplier<Map<StepKey, Usage>> samples) {
    this.screen = screen;
    this.look = look;
    this.subject = subject;
    this.samples = samples;
    this.build = new BuildView(subject.plan());
    this.frame = new TreeFrame(build, look);
    open.addAll(build.stages());
  }

  @Override
  public void event(BuildEvent event) {
    build.apply(event);
    switch (event) {
      case BuildStarted e -> permanent.add(Texts.started(e, subject.plan()));
      case BuildResumed _ -> permanent.add("carried on by this process");
      case CheckoutDone e -> permanent.add(look.styles().dim(Texts.checkout(e)));
      case Announcement e -> announce(e);
      case BuildCancelling e -> note = Texts.cancelling(e);
      case StepStarted e -> windows.put(e.step(), new Window(e.step()));
      case StepFinished e -> windows.remove(e.step());
      case BuildFinished _ -> finish();
      case BuildEvent.StageStarted _,
          BuildEvent.StageSkipped _,
          BuildEvent.StageFinished _,
          BuildEvent.ArtifactStored _,
          BuildEvent.StashStored _ -> {}
    }
  }

  private void announce(Announcement event) {
    if (!build.repeats(event)) {
      permanent.add(Texts.announcement(event, look.styles()));
    }
  }

  @Override
  public void tick(Instant now) {
    if (now.isBefore(lastFrame.plus(FRAME))) {
      return;
    }
    lastFrame = now;
    settle();
    Map<StepKey, List<String>> last = new LinkedHashMap<>();
    windows.forEach((step, window) -> last.put(step, window.lines()));
    int rows = screen.size().rows() - 1;
    screen.update(List.copyOf(permanent), frame.lines(now, last, samples.get(), note, rows));
    permanent.clear();
  }

  @Override
  public void note(String text) {
    note = text;
    lastFrame = Instant.MIN;
  }

  /** Draws everything again, after the terminal was used by others or has another size. */
  public void redraw() {
    lastFrame = Instant.MIN;
  }

  @Override
  public void close() {
    if (!permanent.isEmpty()) {
      screen.update(List.copyOf(permanent), List.of());
      permanent.clear();
    }
    screen.close();
  }

  /** Moves what is over, in the order of the plan, to the lines that stay. */
  private void settle() {
    while (!open.isEmpty() && open.getFirst().over()) {
      permanent.addAll(frame.settled(open.removeFirst()));
    }
    frame.unsettled(open);
  }

  private void finish() {
    settle();
    Look now = look.withColumns(screen.size().columns() - 1);
    List<String> failures = new FailureBlock(build, now, subject.logs(), subject.again()).lines();
    if (!failures.isEmpty()) {
      permanent.add("");
      permanent.addAll(failures);
    }
    permanent.add("");
    permanent.addAll(new Summary(build, now).lines());
    screen.update(List.copyOf(permanent), List.of());
    permanent.clear();
  }

  /** The last lines of a running step. */
  private final class Window {
    private final Deque<String> last = new ArrayDeque<>();
    private final LogReader reader;
    private String trouble = "";

    Window(StepKey step) {
      Colours colours = look.styles().coloured() ? Colours.KEEP : Colours.DROP;
      this.reader = new LogReader(subject.logs().log(step), colours, this::add);
    }

    List<String> lines() {
      try {
        reader.skipAllBut(WINDOW_BYTES);
        reader.read(2 * WINDOW_BYTES);
      } catch (IOException e) {
        trouble = "the output cannot be read: " + e.getMessage();
      }
      List<String> lines = new ArrayList<>(last);
      String partial = reader.partial();
      if (!partial.isEmpty()) {
        lines.add(partial);
      }
      if (!trouble.isEmpty()) {
        lines.add(trouble);
      }
      int most = TreeFrame.WINDOW_LINES;
      return lines.subList(Math.max(0, lines.size() - most), lines.size());
    }

    private void add(byte[] bytes, int offset, int length) {
      last.addLast(new String(bytes, offset, length, java.nio.charset.StandardCharsets.UTF_8));
      if (last.size() > TreeFrame.WINDOW_LINES) {
        last.removeFirst();
      }
    }
  }
}
