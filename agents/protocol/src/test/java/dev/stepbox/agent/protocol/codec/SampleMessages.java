package dev.stepbox.agent.protocol.codec;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.Bytes;
import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.Message;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Severity;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.Source;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StageSettings;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.agent.protocol.StepTimings;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.protocol.TimeMark;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/** At least one message of every type, with every variant of every sealed type in them. */
final class SampleMessages {
  private static final AttemptId ATTEMPT = new AttemptId("17", "test-jdk-17", 2);
  private static final Instant AT = Instant.parse("2026-11-23T10:15:30.123456789Z");
  private static final RootImage IMAGE =
      new RootImage.Stored("debian:bookworm", "sha256:" + "a1".repeat(32));
  private static final Source SOURCE = new Source("layer-01", "c".repeat(40), "feature/ünïcode");

  private SampleMessages() {}

  static List<Message> all() {
    return List.of(
        new ToWorker.RunStage(assignment()),
        new ToWorker.ResumeStage(
            assignment(),
            AT,
            List.of(
                new StepProgress(0, true, 0, new StepOutcome.Succeeded()),
                new StepProgress(1, true, 1L << 40, null)),
            new ToWorker.Stop(CancelMode.KILL, "twice")),
        new ToWorker.CancelStage(ATTEMPT, CancelMode.GRACEFUL, "Ctrl-C"),
        new ToWorker.ReleaseBuild("17"),
        new ToWorker.PrepareBuild("17", assignment().demands()),
        new FromWorker.WorkerReady(1, "local"),
        new FromWorker.StageAccepted(ATTEMPT, AT),
        new FromWorker.StepStarted(ATTEMPT, 1, AT, Duration.ofNanos(3_210_000)),
        new FromWorker.StepOutput(
            ATTEMPT,
            1,
            Bytes.owning(new byte[] {0, -1, 10, 13, 127}),
            4711,
            List.of(new TimeMark(0, AT), new TimeMark(3, AT.plusMillis(5)))),
        new FromWorker.StepSampled(ATTEMPT, 1, AT, usage()),
        finished(new StepOutcome.Succeeded()),
        finished(new StepOutcome.Failed(2, null)),
        finished(new StepOutcome.Failed(null, "no file matches 'target/*.jar'")),
        finished(new StepOutcome.Killed(KillReason.OOM, 137)),
        finished(new StepOutcome.Cancelled("Ctrl-C", null)),
        finished(new StepOutcome.Skipped("step 0 failed")),
        finished(new StepOutcome.Errored(AgentErrorCode.SANDBOX_LOST, "the supervisor died")),
        new FromWorker.ArtifactStored(ATTEMPT, 2, "target/a b.jar", 123),
        new FromWorker.StashStored(ATTEMPT, 3, "classes", 12, 3456),
        new FromWorker.Announcement(null, null, Severity.INFO, "single-id", "one id only"),
        new FromWorker.Announcement(ATTEMPT, 1, Severity.WARNING, "caps-unenforced", "memory"),
        new FromWorker.StageFinished(
            ATTEMPT, StageResult.SUCCEEDED, null, null, snapshot(), Duration.ofSeconds(3)),
        new FromWorker.StageFinished(
            ATTEMPT, StageResult.ERRORED, "no", AgentErrorCode.CANNOT_ISOLATE, null, Duration.ZERO),
        new FromWorker.BuildReleased("17"),
        new FromWorker.WorkerFault("17", AgentErrorCode.INTERNAL, "a defect"),
        new FromWorker.WorkerFault(null, AgentErrorCode.MESSAGE_MALFORMED, "no JSON"));
  }

  private static FromWorker.StepFinished finished(StepOutcome outcome) {
    return new FromWorker.StepFinished(
        ATTEMPT,
        1,
        outcome,
        new StepTimings(AT, Duration.ofMillis(4), Duration.ofSeconds(61)),
        usage(),
        List.of("one", "\u0001 \"two\" \\ \ud83d\ude00 \ud800"));
  }

  private static Usage usage() {
    return new Usage(Duration.ofMillis(12), Duration.ZERO, 1L << 33, 12L, null, 4096L);
  }

  private static Snapshot snapshot() {
    return new Snapshot(IMAGE, List.of("r1"), List.of("w1", "w2"));
  }

  private static Assignment assignment() {
    var shell =
        new Action.Shell(
            "make\ntest",
            Interpreter.BASH,
            RootImage.host(),
            new Caps(1500, 2L << 30, 1024, null),
            Duration.ofMinutes(5),
            List.of("~/.m2/repository"),
            NetworkMode.BUILD,
            Terminal.PTY,
            Nesting.ALLOWED);
    var plain =
        new Action.Shell(
            "true",
            Interpreter.SH,
            null,
            Caps.none(),
            null,
            List.of(),
            NetworkMode.NONE,
            Terminal.NONE,
            Nesting.NONE);
    return new Assignment(
        ATTEMPT,
        "Test [JDK=17]",
        new Demands(
            Set.of(NetworkMode.NONE, NetworkMode.BUILD),
            Set.of(Demands.Cap.CPU, Demands.Cap.MEMORY),
            Demands.HostImage.USED,
            Set.of(Isolation.CONTAINER),
            CapsPolicy.REQUIRE),
        snapshot(),
        SOURCE,
        variables("CI", "true", "EMPTY", ""),
        List.of(new Secret("TOKEN", "s3cr3t\nvalue")),
        List.of(
            step(0, new Action.Checkout(SOURCE)),
            step(1, shell),
            step(2, new Action.Archive(List.of("a/**"), List.of("b"), Action.WhenEmpty.ALLOW)),
            step(3, new Action.Stash("classes", List.of("**"), List.of(), Action.WhenEmpty.FAIL)),
            step(4, new Action.SourceMissing("cannot fetch 'https://example.org/a.git'"))),
        Map.of(
            PostCondition.CLEANUP,
            List.of(step(6, plain)),
            PostCondition.ALWAYS,
            List.of(step(5, new Action.Unstash("classes")))),
        new StageSettings(
            Duration.ofHours(1),
            Duration.ofSeconds(2),
            1L << 40,
            "shop-1",
            1L << 34,
            Isolation.CONTAINER),
        StageResult.SUCCEEDED);
  }

  private static StepAssignment step(int index, Action action) {
    return new StepAssignment(
        index,
        "step " + index,
        new Position("stepbox.yaml", 10 + index),
        variables("A", "b"),
        action);
  }

  private static SequencedMap<String, String> variables(String... pairs) {
    var variables = new LinkedHashMap<String, String>();
    for (int i = 0; i < pairs.length; i += 2) {
      variables.put(pairs[i], pairs[i + 1]);
    }
    return variables;
  }
}
