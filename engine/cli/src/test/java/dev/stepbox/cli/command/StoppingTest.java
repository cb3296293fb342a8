package dev.stepbox.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.command.Stopping.Answer;
import dev.stepbox.engine.BuildId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoppingTest {
  private final Stopping stopping = new Stopping();
  private final List<String> asked = new ArrayList<>();

  private void aim() {
    stopping.aim(new BuildId(39), (mode, by) -> asked.add(mode + " by " + by));
  }

  @Test
  void beforeABuildIsBegunTheProcessLeaves() {
    assertThat(stopping.heard("Ctrl-C")).isEqualTo(Answer.LEAVE);
  }

  @Test
  void whileABuildIsBegunARequestWaitsForItsNumber() {
    stopping.arm();
    assertThat(stopping.heard("SIGTERM")).isEqualTo(Answer.STAY);
    aim();
    assertThat(asked).containsExactly("GRACEFUL by SIGTERM");
  }

  @Test
  void twoRequestsWhileABuildIsBegunKillIt() {
    stopping.arm();
    assertThat(stopping.heard("Ctrl-C")).isEqualTo(Answer.STAY);
    assertThat(stopping.heard("Ctrl-C")).isEqualTo(Answer.STAY);
    aim();
    assertThat(asked).containsExactly("KILL by Ctrl-C");
  }

  @Test
  void theThirdRequestLeavesAtOnce() {
    stopping.arm();
    aim();
    assertThat(stopping.heard("Ctrl-C")).isEqualTo(Answer.STAY);
    assertThat(stopping.heard("Ctrl-C")).isEqualTo(Answer.STAY);
    assertThat(stopping.heard("Ctrl-C")).isEqualTo(Answer.LEAVE_AT_ONCE);
    assertThat(asked).containsExactly("GRACEFUL by Ctrl-C", "KILL by Ctrl-C");
    assertThat(stopping.lastWords())
        .contains("'stepbox attach 39' carries it on", "'stepbox cancel 39' ends it");
  }
}
