package dev.stepbox.agent.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AttemptId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpaceNamesTest {
  @Test
  void aPlainIdStaysReadable() {
    assertThat(SpaceNames.step(new AttemptId("17", "2-test", 1), 3)).isEqualTo("2-test-1-s3");
  }

  @Test
  void differentIdsHaveDifferentNamesWithinTheLimits() {
    String stage = "x".repeat(100);
    Set<String> names = new HashSet<>();
    for (String id :
        List.of("Test", "test", "te.st", "te-st", "te_st", stage, "y" + stage.substring(1))) {
      for (int number = 1; number < 3; number++) {
        String name = SpaceNames.step(new AttemptId("1", id, number), 9999);
        assertThat(name).matches("[a-z0-9-]{1,64}");
        names.add(name);
      }
    }
    assertThat(names).hasSize(14);
  }
}
