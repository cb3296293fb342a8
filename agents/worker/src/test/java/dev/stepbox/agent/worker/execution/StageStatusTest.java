package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.KillReason;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StageStatusTest {
  private static final StepAssignment STEP =
      new StepAssignment(
          0,
          "make",
          new Position("stepbox.yaml", 7),
          new LinkedHashMap<>(),
          new Action.Unstash("x"));

  @Test
  void theFirstThingThatGoesWrongDecides() {
    var status = new StageStatus(StageResult.SUCCEEDED);
    status.add(STEP, new StepOutcome.Succeeded());
    status.add(STEP, new StepOutcome.Failed(2, null));
    status.add(STEP, new StepOutcome.Errored(AgentErrorCode.INTERNAL, "later"));
    assertThat(status.result()).isEqualTo(StageResult.FAILED);
    assertThat(status.because()).isEqualTo("step 'make' (stepbox.yaml:7) exited with 2");
    assertThat(status.code()).isNull();
  }

  @Test
  void aProgramThatWasNotExecutedIsToldInTheWordsOfItsStep() {
    var status = new StageStatus(StageResult.SUCCEEDED);
    status.add(STEP, new StepOutcome.Failed(127, "cannot execute '/bin/sh': no such file"));
    assertThat(status.because())
        .isEqualTo("step 'make' (stepbox.yaml:7): cannot execute '/bin/sh': no such file");
  }

  @Test
  void aKilledStepFailsItsStageAndSaysWhy() {
    var status = new StageStatus(StageResult.SUCCEEDED);
    status.add(STEP, new StepOutcome.Killed(KillReason.OOM, 137));
    assertThat(status.result()).isEqualTo(StageResult.FAILED);
    assertThat(status.because()).contains("oom");
  }

  @ParameterizedTest
  @CsvSource({
    "SUCCEEDED, ALWAYS SUCCESS CLEANUP",
    "FAILED,    ALWAYS FAILURE CLEANUP",
    "ABORTED,   ALWAYS ABORTED CLEANUP",
    "ERRORED,   ALWAYS FAILURE CLEANUP",
  })
  void postConditionsGoByTheResult(StageResult prior, String holding) {
    var status = new StageStatus(prior);
    List<String> found =
        Arrays.stream(PostCondition.values())
            .filter(status::holds)
            .map(PostCondition::name)
            .toList();
    assertThat(String.join(" ", found)).isEqualTo(holding);
  }

  @Test
  void theWorseOfTheBuildAndItsOwnBlockCounts() {
    var status = new StageStatus(StageResult.SUCCEEDED);
    status.add(STEP, new StepOutcome.Failed(1, null));
    assertThat(status.holds(PostCondition.FAILURE)).isTrue();
    var aborted = new StageStatus(StageResult.ABORTED);
    aborted.add(STEP, new StepOutcome.Failed(1, null));
    assertThat(aborted.holds(PostCondition.ABORTED)).isTrue();
    assertThat(aborted.result()).as("of the block itself").isEqualTo(StageResult.FAILED);
  }
}
