package dev.stepbox.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.engine.testing.TestEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a request may ask for: as much as the limit, and not one more. */
class RequestLimitsTest {

  private static AbstractThrowableAssert<?, ?> assertRefused(ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
  }

  private static BuildRequest selecting(int names) {
    return TestEngine.request(
            "stepbox: 1\nstages: [{stage: A, steps: [{sh: make}]}]\n", Path.of("/project"))
        .stages(Collections.nCopies(names, "A"))
        .build();
  }

  private static RunOptions parallel(int stages) {
    return new RunOptions(
        CapsPolicy.REQUIRE,
        stages,
        Duration.ZERO,
        1,
        Execution.DRY_RUN,
        null,
        null,
        Permissions.NONE);
  }

  @Test
  void aThousandStagesCanBeNamed() {
    assertThat(selecting(1_000).stages()).hasSize(1_000);
    assertRefused(() -> selecting(1_001))
        .hasMessageStartingWith("cannot select 1001 stages: at most 1000 names can be given.");
  }

  @Test
  void sixtyFourStagesRunAtOneTimeAtMost() {
    assertThat(parallel(64).parallel()).isEqualTo(64);
    assertThat(parallel(0).parallel()).as("as the engine is set").isZero();
    assertRefused(() -> parallel(65))
        .hasMessage("cannot run 65 stages at one time: the limit is 64. Give a smaller number.");
    assertRefused(() -> parallel(-1)).hasMessageStartingWith("cannot run -1 stages");
  }
}
