package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsKeptTest {

  private static final RandomGenerator RANDOM = new SecureRandom();
  private static final List<Secret> SECRETS = List.of(new Secret("TOKEN", "a value"));
  private static final List<Secret> OTHERS = List.of(new Secret("TOKEN", "another"));

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("secrets.json");
  }

  @Test
  void whenItWasAwaitedOtherValuesAreKnown() throws InterruptedException {
    SecretsKept.begin(SECRETS, file(), RANDOM).await();
    assertThat(SecretsKept.areOthers(SECRETS, file())).isFalse();
    assertThat(SecretsKept.areOthers(OTHERS, file())).isTrue();
  }

  @Test
  void aProofThatIsKeptStays() throws IOException, InterruptedException {
    SecretsKept.begin(SECRETS, file(), RANDOM).await();
    String kept = Files.readString(file());
    SecretsKept.begin(SECRETS, file(), RANDOM).await();
    assertThat(Files.readString(file())).isEqualTo(kept);
  }

  @Test
  void beforeThereIsAProofNoStepHasSeenASecretAndAnyValueWillDo() {
    assertThat(SecretsKept.areOthers(OTHERS, file())).isFalse();
  }

  @Test
  void aBuildWithoutSecretsKeepsNoProof() throws InterruptedException {
    SecretsKept.begin(List.of(), file(), RANDOM).await();
    assertThat(file()).doesNotExist();
  }

  @Test
  void aProofThatCannotBeKeptIsToldWhenItIsAwaited() {
    SecretsKept kept = SecretsKept.begin(SECRETS, directory.resolve("none/secrets.json"), RANDOM);
    assertThatThrownBy(kept::await)
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("cannot keep the proof of the secrets");
  }
}
