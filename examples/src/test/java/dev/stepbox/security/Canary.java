package dev.stepbox.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A directory of the host that hostile images and archives aim at: nothing in it may change or be
 * told.
 */
final class Canary {
  private static final String SECRET = "only the host knows this";

  private final Path directory;
  private final Map<String, String> files =
      Map.of(
          "victim",
          SECRET + "\n",
          "passwd",
          "root:x:0:0::/:/bin/sh\nevil:x:4242:4242::/:/bin/sh\n");

  Canary(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(directory.resolve(file.getKey()), file.getValue());
    }
  }

  Path directory() {
    return directory;
  }

  /** Whether all is as it was. */
  boolean isUntouched() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      List<Path> all = entries.toList();
      for (Path entry : all) {
        String expected = files.get(entry.getFileName().toString());
        if (expected == null || !Files.readString(entry).equals(expected)) {
          return false;
        }
      }
      return all.size() == files.size();
    }
  }

  boolean isIn(String text) {
    return text.contains(SECRET);
  }
}
