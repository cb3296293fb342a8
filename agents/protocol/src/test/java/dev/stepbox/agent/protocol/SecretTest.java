package dev.stepbox.agent.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "    ", " abc ", "\n\n\n\n"})
  void aValueTooShortToBeMaskedIsRefused(String value) {
    assertThatThrownBy(() -> new Secret("TOKEN", value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'TOKEN'");
  }

  @Test
  void theShortestAndTheLongestValueAreTaken() {
    assertThat(new Secret("TOKEN", "abcd").value()).hasSize(Secret.MIN_LENGTH);
    assertThat(new Secret("TOKEN", "x".repeat(Secret.MAX_LENGTH)).value())
        .hasSize(Secret.MAX_LENGTH);
    assertThatThrownBy(() -> new Secret("TOKEN", "x".repeat(Secret.MAX_LENGTH + 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theRefusalDoesNotQuoteTheValue() {
    assertThatThrownBy(() -> new Secret("TOKEN", "abc")).hasMessageNotContaining("abc");
  }
}
