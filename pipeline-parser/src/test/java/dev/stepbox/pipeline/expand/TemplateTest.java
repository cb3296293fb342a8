package dev.stepbox.pipeline.expand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
  private static final Map<String, String> VARIABLES = Map.of("A", "one", "B_2", "$two${A}");

  @ParameterizedTest
  @CsvSource({
    "text, text",
    "'', ''",
    "${A}, one",
    "<${A}>, <one>",
    "${A}${A}, oneone",
    "$${A}, ${A}",
    "$$$${A}, $${A}",
    "$$${A}, $one",
    "5$, 5$",
    "$A, $A",
    "$(A), $(A)",
    "a } b, a } b",
    "${B_2}, $two${A}",
  })
  void replacesReferencesOnce(String text, String resolved) {
    assertThat(Template.of(text).resolve(VARIABLES, 100)).isEqualTo(resolved);
  }

  @ParameterizedTest
  @ValueSource(strings = {"${", "${}", "${A", "${1}", "${A-b}", "${A:-b}", "${ A}", "x${ä}"})
  void refusesWhatOnlyStartsLikeAReference(String text) {
    assertThat(Template.of(text).malformed()).isNotNull();
    assertThatThrownBy(() -> Template.of(text).resolve(VARIABLES, 100))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void knowsWhereItsReferencesStand() {
    assertThat(Template.of("$$ ${A} and ${C}").references())
        .containsExactly(new Template.Reference("A", 3, 7), new Template.Reference("C", 12, 16));
    assertThat(Template.of("${A} ${C}").missing(VARIABLES)).containsExactly("C");
  }

  @Test
  void hasNoResultBeyondTheLimit() {
    assertThat(Template.of("${A}").resolve(VARIABLES, 3)).isEqualTo("one");
    assertThat(Template.of("${A}").resolve(VARIABLES, 2)).isNull();
  }
}
