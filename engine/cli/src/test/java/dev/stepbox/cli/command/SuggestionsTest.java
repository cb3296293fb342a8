package dev.stepbox.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionsTest {

  @ParameterizedTest
  @CsvSource({"run,run,0", "rnu,run,1", "rn,run,1", "runn,run,1", "plan,lint,3", "'',abc,3"})
  void theDistanceCountsEdits(String from, String to, int edits) {
    assertThat(Suggestions.distance(from, to)).isEqualTo(edits);
  }

  @Test
  void onlyANearWordIsNamed() {
    assertThat(Suggestions.nearest("docter", CommandName.words())).contains("doctor");
    assertThat(Suggestions.nearest("deploy", CommandName.words())).isEmpty();
    assertThat(Suggestions.nearest("x".repeat(1_000), List.of("x"))).isEmpty();
  }
}
