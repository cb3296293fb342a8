package dev.stepbox.agent.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

  @Test
  void aNameThatBecomesPartOfAPathHas100CharactersAtMost() {
    String longest = "x".repeat(100);
    assertThat(new Action.Unstash(longest).name()).hasSize(100);
    assertThat(new AttemptId(longest, longest, 1).build()).hasSize(100);
    assertThatThrownBy(() -> new Action.Unstash(longest + "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(
            "is not path-safe: 1 to 100 of letters, digits and . _ + -, not first . + or -");
    assertThatThrownBy(() -> new AttemptId("1", longest + "x", 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", ".hidden", "a/b", "-x", "+x", "a b", "ü", "a\n"})
  void aNameThatWouldLeaveItsDirectoryIsRefused(String name) {
    assertThatThrownBy(() -> new Action.Unstash(name)).hasMessageContaining("not path-safe");
  }
}
