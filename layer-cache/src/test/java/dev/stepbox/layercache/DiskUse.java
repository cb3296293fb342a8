package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;

/** The blocks that a file takes on disk, which Java cannot tell. */
final class DiskUse {
  private DiskUse() {}

  static long kibibytes(Path file) throws IOException, InterruptedException {
    Process du =
        new ProcessBuilder("du", "--block-size=1K", file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(du.getInputStream().readAllBytes(), UTF_8);
    assertThat(du.waitFor()).as(said).isZero();
    return Long.parseLong(said.substring(0, said.indexOf('\t')));
  }
}
