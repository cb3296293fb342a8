package dev.stepbox.cli.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Compares text with a file of {@code src/test/resources/golden}. {@code -Dgolden.update=true}
 * writes the files anew; the difference is then reviewed.
 */
public final class Golden {

  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private Golden() {}

  /** Fails unless the file holds exactly this text. */
  public static void check(String name, String text) {
    check(FOLDER.resolve(name), text);
  }

  /** Fails unless the file, seen from the module, holds exactly this text. */
  public static void check(Path file, String text) {
    try {
      if (Boolean.getBoolean("golden.update")) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
      }
      assertThat(file).as("no golden file; -Dgolden.update=true writes it").exists();
      assertThat(text).as("differs from %s", file).isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
