package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StepSpecsTest {
  private static final Duration OWN = Duration.ofHours(2);

  private static Action.Shell shell(@Nullable Duration timeout) {
    return new Action.Shell(
        "true",
        Interpreter.SH,
        null,
        Caps.none(),
        timeout,
        List.of(),
        NetworkMode.NONE,
        Terminal.NONE,
        Nesting.NONE);
  }

  private static StepAssignment step(int index) {
    return new StepAssignment(
        index, "step", new Position("f", 1), new LinkedHashMap<>(), shell(null));
  }

  private static final Assignment ASSIGNMENT =
      Assignment.builder(
              new AttemptId("1", "stage", 1),
              new Demands(
                  Set.of(),
                  Set.of(),
                  Demands.HostImage.USED,
                  Set.of(Isolation.CONTAINER),
                  CapsPolicy.REQUIRE),
              Snapshot.of(RootImage.host()))
          .steps(List.of(step(0)))
          .post(Map.of(PostCondition.ALWAYS, List.of(step(1))))
          .build();

  @Test
  void aDiskCapIsOneOfFilesToo() {
    assertThat(StepSpecs.caps(Caps.none())).isEqualTo(dev.stepbox.isolation.Caps.NONE);
    assertThat(StepSpecs.caps(new Caps(null, null, null, 10L << 30)))
        .isEqualTo(new dev.stepbox.isolation.Caps(null, null, null, 10L << 30, 655_360L));
  }

  @Test
  void aStepOfAPostBlockEndsAlways() {
    assertThat(StepSpecs.timeout(ASSIGNMENT, step(1), shell(null)))
        .isEqualTo(StepSpecs.POST_STEP_MAX);
    assertThat(StepSpecs.timeout(ASSIGNMENT, step(0), shell(null))).isNull();
  }

  @Test
  void aTimeoutOfItsOwnCounts() {
    assertThat(StepSpecs.timeout(ASSIGNMENT, step(1), shell(OWN))).isEqualTo(OWN);
    assertThat(StepSpecs.timeout(ASSIGNMENT, step(0), shell(OWN))).isEqualTo(OWN);
  }
}
