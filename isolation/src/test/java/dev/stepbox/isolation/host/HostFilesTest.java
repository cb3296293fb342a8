package dev.stepbox.isolation.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFilesTest {
  @TempDir Path root;

  @Test
  void aMountWhoseNameIsNoTextHidesNoOther() throws IOException {
    Path self = Files.createDirectories(root.resolve("proc/self"));
    Files.writeString(
        self.resolve("mountinfo"),
        """
        22 1 254:0 / / rw - ext4 /dev/vda rw
        40 22 0:50 / /media/\u00ff rw - vfat /dev/sdb1 rw
        41 22 0:51 / /usr/local rw - ext4 /dev/vdb rw
        """,
        ISO_8859_1);

    assertThat(new HostFiles(root, "me", Map.of()).mountInfo()).contains("/usr/local");
  }
}
