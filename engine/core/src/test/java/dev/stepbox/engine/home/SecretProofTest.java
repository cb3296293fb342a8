package dev.stepbox.engine.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretProofTest {

  private static final Secret TOKEN = new Secret("TOKEN", "a value of a token");
  private static final Secret KEY = new Secret("KEY", "schlüssel\nof two lines");

  @TempDir private Path directory;

  private static SecretProof proof(Secret... secrets) {
    return SecretProof.of(List.of(secrets), new SecureRandom());
  }

  @Test
  void theSameSecretsAreKnownInAnyOrder() {
    SecretProof proof = proof(TOKEN, KEY);
    assertThat(proof.holdsFor(List.of(TOKEN, KEY))).isTrue();
    assertThat(proof.holdsFor(List.of(KEY, TOKEN))).isTrue();
  }

  @Test
  void anyOtherValueIsTold() {
    SecretProof proof = proof(TOKEN, KEY);
    assertThat(proof.holdsFor(List.of(TOKEN))).isFalse();
    assertThat(proof.holdsFor(List.of(TOKEN, new Secret("KEY", KEY.value() + "x")))).isFalse();
    assertThat(
            proof.holdsFor(
                List.of(new Secret("TOKEN", KEY.value()), new Secret("KEY", TOKEN.value()))))
        .isFalse();
    assertThat(proof(new Secret("A", "1234B4:5678")).holdsFor(List.of(new Secret("A", "1234B"))))
        .isFalse();
  }

  @Test
  void whatIsKeptIsReadAgainByItsOwnerAlone() throws IOException {
    Path file = directory.resolve("secrets.json");
    proof(TOKEN).write(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(file))
        .contains("\"iterations\":" + SecretProof.ITERATIONS)
        .doesNotContain("token");
    assertThat(SecretProof.read(file).holdsFor(List.of(TOKEN))).isTrue();
  }

  @Test
  void eachBuildHasASaltOfItsOwn() throws IOException {
    proof(TOKEN).write(directory.resolve("one"));
    proof(TOKEN).write(directory.resolve("two"));
    assertThat(Files.readString(directory.resolve("one")))
        .isNotEqualTo(Files.readString(directory.resolve("two")));
  }

  @Test
  void aFileThatIsNoneIsTold() throws IOException {
    Path file = directory.resolve("secrets.json");
    Files.writeString(file, "{\"function\":\"none\"}");
    assertThatThrownBy(() -> SecretProof.read(file))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("cannot read the proof of the secrets");
  }
}
