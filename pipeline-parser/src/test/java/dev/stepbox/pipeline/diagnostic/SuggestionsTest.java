package dev.stepbox.pipeline.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionsTest {
  private static final List<String> WORDS =
      List.of("sh", "stage", "stages", "steps", "environment", "timeout", "caps", "name");

  @ParameterizedTest
  @CsvSource({
    "stagse, stages",
    "stpes, steps",
    "enviroment, environment",
    "Environment, environment",
    "time-out, timeout",
    "cap, caps",
    "shh, sh",
    "nmae, name",
  })
  void findsWhatWasProbablyMeant(String word, String meant) {
    assertThat(Suggestions.nearest(word, WORDS)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"elephant", "x", "''", "s", "zzzzzz"})
  void isSilentWhenNothingIsNear(String word) {
    assertThat(Suggestions.nearest(word, WORDS)).isNull();
  }

  @Test
  void isSilentAboutVeryLongWords() {
    String word = "x".repeat(1000);
    assertThat(Suggestions.nearest(word, List.of(word))).isNull();
  }
}
