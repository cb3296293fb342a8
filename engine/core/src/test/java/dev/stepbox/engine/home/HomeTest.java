package dev.stepbox.engine.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {

  @TempDir private Path directory;

  @Test
  void theLastNumberIsGivenOutAndNoneAfterIt() throws IOException {
    Files.createDirectories(directory.resolve("builds/999999998"));
    Home home = Home.at(directory);
    assertThat(home.newBuild().build()).isEqualTo(new BuildId(BuildId.MAX));
    assertThatThrownBy(home::newBuild)
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
        .hasMessageContaining("the numbers up to 999999999 are used up. Take another home.");
  }

  @Test
  void aRemovalThatWasCutShortIsFinished() throws IOException {
    Path half = directory.resolve("builds/.removed-3");
    Files.createDirectories(half.resolve("logs"));
    Path other = Files.createDirectories(directory.resolve("builds/4"));
    Home.at(directory).removeHalfRemoved();
    assertThat(half).doesNotExist();
    assertThat(other).exists();
  }
}
