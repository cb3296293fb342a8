package dev.stepbox.cli.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A home with a real keeper for one test; nothing of the keeper is left after it. */
final class KeeperHome implements BeforeEachCallback, AfterEachCallback {
  private @Nullable Path path;
  private @Nullable TreeKeeper keeper;

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    path = Files.createTempDirectory("keeper");
    Files.createDirectory(store());
    keeper = newKeeper();
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    keeper().close();
    Path run = path().resolve("run");
    if (Files.exists(run)) {
      try (Stream<Path> left = Files.list(run)) {
        assertThat(left).allMatch(file -> file.toString().endsWith(".lock"));
      }
    }
    try (Stream<Path> all = Files.walk(path())) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  TreeKeeper newKeeper() {
    Surroundings surroundings =
        new Surroundings(
            path(), null, System.getenv(), InstantSource.system(), "test", Limits.DEFAULTS, null);
    return TreeKeeper.of(Machine.sandboxes(surroundings), path(), Machine.ids(surroundings));
  }

  TreeKeeper keeper() {
    return Objects.requireNonNull(keeper);
  }

  Path store() {
    return path().resolve("store");
  }

  private Path path() {
    return Objects.requireNonNull(path);
  }
}
