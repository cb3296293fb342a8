package dev.stepbox.engine.event;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Usage;
import dev.stepbox.engine.BuildId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** At least one event of each kind, every member that may be absent once there and once not. */
public final class SampleEvents {

  private static final Instant BEGIN = Instant.parse("2026-11-23T10:42:07.123Z");
  private static final Duration LONG = Duration.ofMillis(38_201);
  private static final StepKey OWN = new StepKey("Test [JDK=17, DB=h2]", null, 2);
  private static final StepKey POST = new StepKey("Build", PostCondition.ALWAYS, 1);
  private static final Snapshot HOST =
      new Snapshot(RootImage.host(), List.of(), List.of("01jd", "01je"));
  private static final Snapshot STORED =
      new Snapshot(
          new RootImage.Stored("debian:bookworm", "sha256:" + "ab".repeat(32)),
          List.of("01jf"),
          List.of());

  private final List<BuildEvent> events = new ArrayList<>();

  private SampleEvents() {}

  /** The events, numbered from 0. */
  public static List<BuildEvent> all() {
    var samples = new SampleEvents();
    samples.builds();
    samples.stages();
    samples.steps();
    samples.notes();
    samples.ends();
    return samples.events;
  }

  /** The first, one in the middle and the last. */
  public static List<BuildEvent> few() {
    List<BuildEvent> all = all();
    return List.of(all.getFirst(), all.get(all.size() / 2), all.getLast());
  }

  private Stamp stamp() {
    int number = events.size();
    return new Stamp(new BuildId(17), number, BEGIN.plusMillis(7L * number));
  }

  private void builds() {
    var parameters = new LinkedHashMap<String, String>();
    parameters.put("PROFILE", "fast");
    parameters.put("quote\"d", "line\nbreak é 😀");
    events.add(
        new BuildEvent.BuildStarted(
            stamp(), "stepbox.yaml", "0badcafe", 4, 9, parameters, "0.1.0"));
    events.add(new BuildEvent.BuildResumed(stamp(), "0.1.1"));
    events.add(
        new BuildEvent.CheckoutDone(
            stamp(), "directory /src", "c0ffee", "main", "01jc", 812, 3_456_789, LONG));
    events.add(
        new BuildEvent.CheckoutDone(
            stamp(), "repository x", null, null, "01jc", 0, 0, Duration.ZERO));
    events.add(new BuildEvent.BuildCancelling(stamp(), CancelMode.GRACEFUL, "Ctrl-C"));
    events.add(new BuildEvent.BuildCancelling(stamp(), CancelMode.KILL, "Ctrl-C twice"));
  }

  private void stages() {
    events.add(new BuildEvent.StageStarted(stamp(), "Build", 1, HOST));
    events.add(new BuildEvent.StageStarted(stamp(), "Test", 2, STORED));
    for (SkipReason reason : SkipReason.values()) {
      events.add(new BuildEvent.StageSkipped(stamp(), "Deploy", reason, null, null, "because"));
    }
    events.add(
        new BuildEvent.StageSkipped(
            stamp(),
            "Deploy",
            SkipReason.WHEN,
            "branch matches 'main'",
            "branch is 'x'",
            "when: branch matches 'main', but branch is 'x'"));
    events.add(
        new BuildEvent.StageFinished(
            stamp(), "Build", StageResult.SUCCEEDED, LONG, STORED, null, null));
    events.add(
        new BuildEvent.StageFinished(
            stamp(), "Build", StageResult.FAILED, LONG, null, "exit code 3", null));
    events.add(
        new BuildEvent.StageFinished(
            stamp(), "Build", StageResult.ERRORED, Duration.ZERO, null, "no image", "A102"));
  }

  private void steps() {
    events.add(
        new BuildEvent.StepStarted(
            stamp(),
            OWN,
            "sh",
            "mvn package",
            new Position("stepbox.yaml", 12),
            "debian:bookworm",
            new Caps(1500, 2L << 30, 1024, 10L << 30),
            Duration.ofNanos(2_137_000)));
    events.add(
        new BuildEvent.StepStarted(
            stamp(),
            POST,
            "archive",
            "archive: target/*.jar",
            new Position("stepbox.yaml", 20),
            "host",
            Caps.none(),
            Duration.ZERO));
    Usage full =
        new Usage(Duration.ofMillis(117), Duration.ofMillis(3), 812L << 20, 44L, 4096L, 8192L);
    for (StepOutcome outcome : outcomes()) {
      events.add(
          new BuildEvent.StepFinished(
              stamp(), OWN, outcome, LONG, Duration.ofNanos(1_900_000), full, 4_321));
    }
    events.add(
        new BuildEvent.StepFinished(
            stamp(),
            POST,
            new StepOutcome.Skipped("a step before it failed"),
            Duration.ZERO,
            null,
            Usage.unknown(),
            0));
  }

  private static List<StepOutcome> outcomes() {
    List<StepOutcome> outcomes = new ArrayList<>();
    outcomes.add(new StepOutcome.Succeeded());
    outcomes.add(new StepOutcome.Failed(3, null));
    outcomes.add(new StepOutcome.Failed(null, "no file matches 'target/*.jar'"));
    for (KillReason reason : KillReason.values()) {
      outcomes.add(new StepOutcome.Killed(reason, 137));
    }
    outcomes.add(new StepOutcome.Cancelled("Ctrl-C", 143));
    outcomes.add(new StepOutcome.Cancelled("Ctrl-C", null));
    for (AgentErrorCode code : AgentErrorCode.values()) {
      outcomes.add(new StepOutcome.Errored(code, "cannot mount '/x': no such directory"));
    }
    return outcomes;
  }

  private void notes() {
    for (Severity severity : Severity.values()) {
      events.add(
          new BuildEvent.Announcement(stamp(), severity, "caps-unenforced", "text", null, null));
    }
    events.add(
        new BuildEvent.Announcement(
            stamp(), Severity.WARNING, "caps-unenforced", "text", "Build", null));
    events.add(
        new BuildEvent.Announcement(
            stamp(), Severity.WARNING, "caps-unenforced", "text", "Build", POST));
    events.add(new BuildEvent.ArtifactStored(stamp(), POST, "target/app.jar", 1_234_567));
    events.add(new BuildEvent.StashStored(stamp(), OWN, "classes", 77, 88_888));
  }

  private void ends() {
    for (StageResult result : StageResult.values()) {
      String because = result == StageResult.SUCCEEDED ? null : "because";
      String code = result == StageResult.ERRORED ? "E301" : null;
      events.add(new BuildEvent.BuildFinished(stamp(), result, LONG, because, code));
    }
  }
}
