package dev.stepbox.layercache.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.json.JsonException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of as much as the limit, and of one more. */
class ImageLimitsTest {
  private static final int BLOCK = 512;

  @TempDir private Path directory;

  private static byte[] config(int variables) {
    String environment =
        IntStream.range(0, variables)
            .mapToObj("\"N%d=v\""::formatted)
            .collect(Collectors.joining(","));
    return "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[]},\"config\":{\"Env\":[%s]}}"
        .formatted(environment)
        .getBytes(UTF_8);
  }

  @Test
  void anImageSets4096VariablesAtMost() throws JsonException {
    assertThat(OciDocuments.config(config(4096)).config().environment()).hasSize(4096);
    assertThatThrownBy(() -> OciDocuments.config(config(4097)))
        .isInstanceOf(JsonException.class)
        .hasMessage("it has more than 4096 variables");
  }

  @Test
  void anArchiveOfAnImageHas100000FilesAtMost() throws Exception {
    TarFiles.open(archive(100_000), Limits.DEFAULTS).close();
    Path larger = archive(100_001);
    assertThatThrownBy(() -> TarFiles.open(larger, Limits.DEFAULTS))
        .isInstanceOfSatisfying(
            LayerCacheException.class,
            e -> assertThat(e.code()).isEqualTo(LayerCacheException.Code.ARCHIVE_REFUSED))
        .hasMessageContaining("it has more than 100000 files");
  }

  /** The same empty file again and again. */
  private Path archive(int files) throws IOException {
    Path file = directory.resolve(files + ".tar");
    byte[] header = header();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < files; i++) {
        out.write(header);
      }
      out.write(new byte[2 * BLOCK]);
    }
    return file;
  }

  private static byte[] header() {
    byte[] header = new byte[BLOCK];
    put(header, 0, "f");
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, "00000000000");
    put(header, 136, "00000000000");
    put(header, 148, "        ");
    put(header, 156, "0");
    put(header, 257, "ustar");
    put(header, 263, "00");
    int sum = 0;
    for (byte each : header) {
      sum += each;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    return header;
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
