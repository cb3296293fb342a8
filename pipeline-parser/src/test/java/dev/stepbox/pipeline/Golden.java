package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Texts that a reviewer sees change: recorded with {@code -Dgolden.update=true}. */
final class Golden {
  private static final boolean IS_UPDATE = Boolean.getBoolean("golden.update");

  static void verify(Path file, String actual) throws IOException {
    if (IS_UPDATE) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, actual);
    }
    assertThat(file).as("record it with -Dgolden.update=true, then review it").exists();
    assertThat(actual).as("differs from %s", file).isEqualTo(Files.readString(file));
  }

  private Golden() {}
}
