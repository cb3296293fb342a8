package dev.stepbox.layercache.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ground of the tests in which an archive tries what it must not. After each of them nothing
 * outside the layer has changed.
 */
abstract class HostileArchive {
  @TempDir Path directory;
  Path outside;
  Unpacking unpacking;

  @BeforeEach
  void prepare() throws IOException {
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("passwd"), "untouched");
    unpacking = new Unpacking(Files.createDirectory(directory.resolve("layers")), 65536);
  }

  @AfterEach
  void nothingOutsideTheLayerHasChanged() throws IOException {
    try (var files = Files.list(outside)) {
      assertThat(files).containsExactly(outside.resolve("passwd"));
    }
    assertThat(outside.resolve("passwd")).hasContent("untouched");
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(2);
    }
    // Links to outside would make a directory of JUnit complain.
    new OwnIdTree().remove(directory.resolve("layers"));
  }

  void assertRefused(TarBytes archive, Code code) {
    byte[] bytes = archive.bytes();
    assertThatThrownBy(() -> unpacking.unpack(bytes))
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
