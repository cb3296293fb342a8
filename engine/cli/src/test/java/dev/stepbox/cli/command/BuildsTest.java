package dev.stepbox.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildsTest {
  @TempDir private Path folder;

  /** A build's directory is the build: copies of one are others. */
  private void copyFirstBuildTo(int number) throws IOException {
    Path from = folder.resolve("home/builds/1");
    Path to = Files.createDirectory(folder.resolve("home/builds/" + number));
    for (String name : new String[] {"journal", "request.json", "pipeline.yaml"}) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
  }

  @Test
  void twentyBuildsAreListedAndOlderOnesCounted() throws IOException {
    Files.writeString(
        folder.resolve("stepbox.yaml"), "stepbox: 1\nstages: [{stage: A, steps: [{sh: make}]}]\n");
    assertThat(CliRun.in(folder).run("run", "--dry-run").code().number()).isZero();
    for (int i = 2; i <= 20; i++) {
      copyFirstBuildTo(i);
    }
    assertThat(CliRun.in(folder).run("builds").out().lines()).hasSize(21).noneMatch(this::isCount);
    copyFirstBuildTo(21);
    assertThat(CliRun.in(folder).run("builds").out().lines())
        .hasSize(22)
        .last()
        .isEqualTo("and 1 older ones: --all");
    assertThat(CliRun.in(folder).run("builds", "--all").out().lines()).hasSize(22);
  }

  private boolean isCount(String line) {
    return line.contains("older ones");
  }
}
