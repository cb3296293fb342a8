package dev.stepbox.layercache.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.ImageSource.HostImage;
import dev.stepbox.layercache.overlay.OverlayPlans;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is beyond a limit is left out of a host that is taken apart, and that is told. */
class HostPartsTest {
  @TempDir private Path host;

  @BeforeEach
  void makeADirectoryWithAMountInIt() throws IOException {
    Files.createDirectories(host.resolve("opt/mount"));
    Files.createDirectories(host.resolve("usr"));
  }

  private HostParts parts() throws IOException {
    HostImage source =
        new HostImage(
            List.of(Path.of("/opt"), Path.of("/usr")), List.of(), List.of(Path.of("/opt/mount")));
    return HostParts.of(new HostView(host, source, host.resolve("store")));
  }

  private void file(String name, long bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(host.resolve(name).toFile(), "rw")) {
      file.setLength(bytes);
    }
  }

  @Test
  void theLargestFileIsCopiedAndALargerOneIsNot() throws IOException {
    file("opt/fits", HostParts.FILE_BYTES_MAX);
    file("opt/large", HostParts.FILE_BYTES_MAX + 1);

    HostParts parts = parts();

    assertThat(parts.files()).containsExactly(Path.of("/opt/fits"));
    assertThat(parts.leftOut()).containsExactly(Path.of("/opt/large"));
    assertThat(parts.notices())
        .containsExactly(
            "image: host lacks '/opt/large' of this machine: too many or too large to be shown one"
                + " by one");
  }

  @Test
  void allFilesTogetherAreLimited() throws IOException {
    long count = HostParts.COPIED_BYTES_MAX / HostParts.FILE_BYTES_MAX;
    for (int number = 0; number < count; number++) {
      file("opt/%02d".formatted(number), HostParts.FILE_BYTES_MAX);
    }
    file("opt/empty", 0);
    file("opt/last", 1);

    HostParts parts = parts();

    assertThat(parts.files()).hasSize((int) count + 1).contains(Path.of("/opt/empty"));
    assertThat(parts.leftOut()).containsExactly(Path.of("/opt/last"));
  }

  @Test
  void filesAndLinksAreLimitedInNumber() throws IOException {
    file("opt/0", 0);
    for (int number = 1; number <= HostParts.COPIES_MAX; number++) {
      Files.createSymbolicLink(host.resolve("opt/" + number), Path.of("0"));
    }

    HostParts parts = parts();

    assertThat(parts.files()).hasSize(1);
    assertThat(parts.links()).hasSize(HostParts.COPIES_MAX - 1);
    assertThat(parts.leftOut()).hasSize(1);
  }

  @Test
  void overlaysAreLimitedInNumberAndTheDeepestAreLeftOut() throws IOException {
    // With /usr and /opt/mount these are two too many.
    for (int number = 0; number < HostParts.LOWERS_MAX; number++) {
      Files.createDirectory(host.resolve("opt/d%03d".formatted(number)));
    }

    HostParts parts = parts();

    assertThat(parts.lowers()).hasSize(HostParts.LOWERS_MAX).startsWith(Path.of("/usr"));
    assertThat(parts.leftOut()).containsExactly(Path.of("/opt/d255"), Path.of("/opt/mount"));
    assertThat(parts.notices().getFirst()).contains("'/opt/d255', '/opt/mount' of this machine");
  }

  @Test
  void manyNamesAreNotAllTold() throws IOException {
    for (int number = 0; number < 7; number++) {
      file("opt/" + number, HostParts.FILE_BYTES_MAX + 1);
    }

    assertThat(parts().notices().getFirst()).contains("'/opt/4' and 2 more paths of this machine");
  }

  @Test
  void aDirectoryWhosePartWouldHaveTooLongANameIsLeftOut() throws IOException {
    String fits = "d".repeat(255 - "opt%2F".length());
    Files.createDirectory(host.resolve("opt").resolve(fits));
    Files.createDirectory(host.resolve("opt").resolve(fits + "d"));

    HostParts parts = parts();

    assertThat(parts.lowers()).contains(Path.of("/opt", fits));
    assertThat(parts.leftOut()).containsExactly(Path.of("/opt", fits + "d"));
  }

  @Test
  void noTwoDirectoriesHaveTheSamePart() {
    assertThat(OverlayPlans.part(Path.of("/var"))).isEqualTo("var");
    assertThat(OverlayPlans.part(Path.of("/var/lib/x-1.2"))).isEqualTo("var%2Flib%2Fx-1.2");
    assertThat(OverlayPlans.part(Path.of("/var%2Flib"))).isEqualTo("var%252Flib");
    assertThat(OverlayPlans.part(Path.of("/a b"))).isEqualTo("a%20b");
  }
}
