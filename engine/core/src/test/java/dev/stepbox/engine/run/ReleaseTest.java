package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.ProtocolVersion;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.TestPipeline;
import dev.stepbox.engine.scm.SourceTrees;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** When the machine of a build tells the worker to end everything of it. */
class ReleaseTest {
  private static final BuildId BUILD = new BuildId(1);

  private final BuildPlan plan = new TestPipeline().stage("A").plan();
  private final BuildProgress progress = new BuildProgress(plan);
  private Instant now = Instant.parse("2026-11-23T10:00:00Z");
  private final BuildMachine machine =
      new BuildMachine(
          BUILD,
          plan,
          progress,
          new Assignments(
              BUILD,
              plan,
              RunOptions.DEFAULTS,
              List.of(),
              new SourceTrees.Origin(null, null),
              new Project(Path.of("/project"))),
          () -> now,
          1,
          "0.1.0-test");

  private static boolean releases(List<Effect> effects) {
    return effects.stream()
        .anyMatch(effect ->
            effect instanceof Effect.Send sent && sent.message() instanceof ToWorker.ReleaseBuild);
  }

  private List<Effect> ready() {
    return machine.on(
        new Input.Told(new FromWorker.WorkerReady(ProtocolVersion.CURRENT, "test"), 0));
  }

  private List<Effect> killed() {
    return machine.on(new Input.CancelAsked(CancelMode.KILL, "test"));
  }

  /** The answer of a preparation that was interrupted. */
  private List<Effect> notPrepared() {
    return machine.on(
        new Input.NotPrepared("A", StageResult.ERRORED, "its preparation was stopped", null));
  }

  @Test
  void aSandboxThatWasPreparedIsReleasedThoughNoStageBegan() {
    List<Effect> ignored = machine.begin();
    ignored = ready();
    ignored = killed();
    assertThat(releases(notPrepared())).isTrue();
    assertThat(machine.isOver()).as("before it is released").isFalse();
  }

  @Test
  void nothingIsPreparedForABuildThatIsOver() {
    List<Effect> ignored = machine.begin();
    ignored = killed();
    ignored = notPrepared();
    assertThat(machine.isOver()).isTrue();
    assertThat(ready()).noneMatch(effect -> effect instanceof Effect.Send);
  }

  @Test
  void aWorkerThatDoesNotAnswerAKillIsToldToReleaseTheBuild() {
    var base = Snapshot.of(RootImage.host());
    List<Effect> ignored = machine.begin();
    ignored = ready();
    ignored =
        machine.on(
            new Input.Prepared(
                "A",
                new PreparedStage(
                    base,
                    Map.of(plan.stages().getFirst().image(), RootImage.host()),
                    null,
                    Map.of(),
                    new TreeMap<>(),
                    null,
                    List.of())));
    ignored = killed();
    now = now.plus(BuildMachine.LAST_WORD_MAX).plusSeconds(1);
    assertThat(releases(machine.on(new Input.Tick()))).isTrue();
    now = now.plus(BuildMachine.LAST_WORD_MAX).plusSeconds(1);
    ignored = machine.on(new Input.Tick());
    assertThat(machine.isOver()).isTrue();
  }
}
