package dev.stepbox.pipeline.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionsTest {
  @Test
  void aWordOfMoreThan40CharactersIsNotCompared() {
    String word = "x".repeat(40);
    assertThat(Suggestions.nearest(word, List.of(word + "y"))).isEqualTo(word + "y");
    assertThat(Suggestions.nearest(word + "x", List.of(word))).isNull();
  }

  @Test
  void only500CandidatesAreLookedAt() {
    List<String> candidates = new ArrayList<>(Collections.nCopies(499, "something else"));
    candidates.add("build");
    assertThat(Suggestions.nearest("biuld", candidates)).isEqualTo("build");
    candidates.addFirst("something else");
    assertThat(Suggestions.nearest("biuld", candidates)).isNull();
  }

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
