package dev.stepbox.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Compares text with a recorded file; {@code -Dgolden.update=true} records it anew. */
public final class Golden {
  private static final Path DIRECTORY = Path.of("src/test/resources");

  private Golden() {}

  /** The text is that of the file. */
  public static void assertSame(String file, String actual) throws IOException {
    Path recorded = DIRECTORY.resolve(file);
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(recorded.resolveSibling(""));
      Files.writeString(recorded, actual);
    }
    assertThat(recorded).as("recorded; './check golden' records it anew").exists();
    assertThat(actual).isEqualTo(Files.readString(recorded));
  }
}
