package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.StepOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sandboxes of a build in simulated time. Like those of a supervisor they outlive the engine
 * and its worker, with their output and the record of their end.
 */
final class SimulatedSandboxes {

  private final Timeline timeline;
  private final ManualClock clock;
  private final Map<Place, Sandbox> sandboxes = new LinkedHashMap<>();
  private final Map<Place, List<FromWorker>> records = new HashMap<>();
  private final Set<Place> gone = new HashSet<>();

  /** A step of an attempt. */
  record Place(AttemptId attempt, int step) {}

  /**
   * What becomes of a script.
   *
   * @param length null when it never ends by itself
   * @param output what it prints, in pieces at even distances; the last before its end
   */
  record Fate(StepOutcome outcome, @Nullable Duration length, List<String> output) {}

  SimulatedSandboxes(Timeline timeline, ManualClock clock) {
    this.timeline = timeline;
    this.clock = clock;
  }

  /** Start a script; a step that was started is never started again. */
  Sandbox start(Place place, Fate fate, @Nullable Duration timeout) {
    var made = new Sandbox(place, fate, timeout);
    if (sandboxes.putIfAbsent(place, made) != null) {
      throw new AssertionError(place + " is run twice");
    }
    made.begin();
    return made;
  }

  /** The sandbox of a step; null when none was started. */
  @Nullable Sandbox find(Place place) {
    return sandboxes.get(place);
  }

  /** The supervisor dies, and everything that runs with it; nobody records how it ended. */
  void lose() {
    for (Sandbox sandbox : all()) {
      sandbox.over(new StepOutcome.Errored(AgentErrorCode.SANDBOX_LOST, "the supervisor died"));
    }
  }

  /** End everything, as at the end of a build. */
  void release() {
    all().forEach(sandbox -> sandbox.end("the build was released"));
  }

  /** The machine stops: nothing is known any more of what was in a sandbox. */
  void forget() {
    lose();
    gone.addAll(sandboxes.keySet());
    sandboxes.clear();
    records.clear();
  }

  /** Whether a step was begun before the machine stopped. */
  boolean isForgotten(Place place) {
    return gone.contains(place);
  }

  /** Keep what was told of an action that runs no script, as a worker does on disk. */
  void keep(Place place, List<FromWorker> told) {
    records.put(place, List.copyOf(told));
  }

  /** What an action has told that is over; null for none. */
  @Nullable List<FromWorker> kept(Place place) {
    return records.get(place);
  }

  List<Sandbox> all() {
    return List.copyOf(sandboxes.values());
  }

  /** One script that runs or has run. */
  final class Sandbox {
    private final Place place;
    private final Fate fate;
    private final @Nullable Duration timeout;
    private final Instant startedAt = clock.instant();
    private final StringBuilder printed = new StringBuilder();
    private @Nullable StepOutcome outcome;
    private Runnable watcher = () -> {};

    Sandbox(Place place, Fate fate, @Nullable Duration timeout) {
      this.place = place;
      this.fate = fate;
      this.timeout = timeout;
    }

    private void begin() {
      List<String> pieces = new ArrayList<>(fate.output());
      Duration length = fate.length();
      Duration distance =
          length == null ? Duration.ofMillis(7) : length.dividedBy(pieces.size() + 1L);
      for (int i = 0; i < pieces.size(); i++) {
        String piece = pieces.get(i);
        timeline.after(distance.multipliedBy(i), () -> print(piece));
      }
      if (length != null) {
        timeline.after(length, () -> over(fate.outcome()));
      }
      if (timeout != null) {
        timeline.after(timeout, () -> over(new StepOutcome.Killed(KillReason.TIMEOUT, 143)));
      }
    }

    private void print(String piece) {
      if (outcome == null) {
        printed.append(piece);
        watcher.run();
      }
    }

    private void over(StepOutcome end) {
      if (outcome == null) {
        outcome = end;
        watcher.run();
      }
    }

    /** End it early. */
    void end(String by) {
      over(new StepOutcome.Cancelled(by, null));
    }

    /** Is called whenever there is more to see; in the place of who was before. */
    void watch(Runnable value) {
      watcher = value;
    }

    Place place() {
      return place;
    }

    Instant startedAt() {
      return startedAt;
    }

    String printed() {
      return printed.toString();
    }

    /** How it ended; null while it runs. */
    @Nullable StepOutcome outcome() {
      return outcome;
    }
  }
}
