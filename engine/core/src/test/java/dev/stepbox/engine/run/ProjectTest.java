package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectTest {
  @TempDir private Path top;

  private static String scope(Path directory) {
    return Project.of(directory).cacheScope();
  }

  @Test
  void pipelinesOfOneRepositoryShareTheirCaches() throws IOException {
    Path repository = Files.createDirectories(top.resolve("shop"));
    Files.createDirectories(repository.resolve(".git"));
    Files.writeString(repository.resolve(".git/HEAD"), "ref: refs/heads/main\n");
    Path deep = Files.createDirectories(repository.resolve("ci/release"));
    assertThat(scope(deep)).isEqualTo(scope(repository)).matches("shop-[0-9a-f]{32}");
    Path link = Files.createSymbolicLink(top.resolve("link"), deep);
    assertThat(scope(link)).isEqualTo(scope(repository));
  }

  @Test
  void projectsOfOneNameDoNot() throws IOException {
    Path one = Files.createDirectories(top.resolve("a/shop"));
    Path other = Files.createDirectories(top.resolve("b/shop"));
    assertThat(scope(one)).isNotEqualTo(scope(other));
  }

  @Test
  void withoutARepositoryEachDirectoryIsAProject() throws IOException {
    Path outer = Files.createDirectories(top.resolve("outer/inner"));
    assertThat(scope(outer)).isNotEqualTo(scope(top.resolve("outer")));
  }

  @Test
  void aScopeIsShortAndPlainWhateverTheNameIs() throws IOException {
    Path odd = Files.createDirectories(top.resolve("a b:\n" + "é".repeat(100)));
    assertThat(scope(odd)).matches("a_b__+-[0-9a-f]{32}").hasSize(40 + 1 + 32);
  }
}
