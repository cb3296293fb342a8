package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.MutationFuzz;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives changed at random are read or refused, and never reach outside. */
class TarFuzzTest {
  private static final Limits LIMITS =
      LimitsBuilder.defaults()
          .fileBytesMax(1 << 20)
          .headerBytesMax(1 << 16)
          .layerBytesMax(1 << 22)
          .build();

  private static List<byte[]> seeds() {
    byte[] names =
        new TarBytes()
            .directory("d/")
            .file("d/a", "content")
            .link("d/l", "../d")
            .link("up", "..")
            .file("d/l/b", "below a link")
            .hardLink("h", "d/a")
            .entry('2', "p/".repeat(70) + "x", "t".repeat(150), "")
            .file("d/.wh.gone", "")
            .file("d/.wh..wh..opq", "")
            .entry('6', "pipe", "", "")
            .entry('3', "device", "", "")
            .bytes();
    byte[] extended =
        new TarBytes()
            .paxHeader('g', Map.of("uid", "7"))
            .pax("path", "long/" + "n".repeat(120))
            .pax("SCHILY.xattr.user.a", "v\u0000\u0080")
            .pax("mtime", "-12.5")
            .file("short", "x".repeat(600))
            .pax("GNU.sparse.size", "5000")
            .pax("GNU.sparse.map", "512,3,4096,3")
            .file("sparse", "abcdef")
            .bytes();
    byte[] header = new TarBytes().header('S', "old", "", 6);
    TarBytes.put(header, 386, "00000001000\00000000003\0", 24);
    TarBytes.put(header, 410, "00000002000\00000000003\0", 24);
    TarBytes.put(header, 483, "00000002003\0", 12);
    TarBytes.checksum(header);
    byte[] sparse = new TarBytes().raw(header).content("abcdef".getBytes(ISO_8859_1)).bytes();
    return List.of(names, extended, sparse);
  }

  private static byte[] withChecksums(byte[] archive) {
    byte[] mended = archive.clone();
    for (int at = 0; at + 512 <= mended.length; at += 512) {
      byte[] block = Arrays.copyOfRange(mended, at, at + 512);
      if (new TarHeader(block).isUstar()) {
        TarBytes.checksum(block);
        System.arraycopy(block, 0, mended, at, 512);
      }
    }
    return mended;
  }

  @Test
  void anyInputIsReadOrRefused() throws IOException {
    new MutationFuzz(seeds(), TarFuzzTest::withChecksums)
        .run(
            "/fuzz/tar.txt",
            8000,
            input -> {
              try {
                TarReader tar = new TarReader(new BytesFeed(input, 700), LIMITS);
                while (tar.next() != null) {
                  tar.content((offset, bytes) -> bytes.position(bytes.limit()));
                }
                tar.drain();
              } catch (LayerCacheException refused) {
                assertThat(refused.getMessage()).isNotBlank();
              }
            });
  }

  @Test
  void anyInputStaysInTheLayer(@TempDir Path directory) throws IOException {
    Path outside = Files.createDirectories(directory.resolve("1/2/3/4"));
    Path layers = Files.createDirectory(outside.resolve("layers"));
    new MutationFuzz(seeds(), TarFuzzTest::withChecksums)
        .run(
            "/fuzz/tar.txt",
            800,
            input -> {
              try {
                new Unpacking(layers, 65536).limits(LIMITS).unpack(input);
              } catch (LayerCacheException refused) {
                assertThat(refused.getMessage()).isNotBlank();
              }
              new OwnIdTree().remove(layers);
              try (var left = Files.walk(directory)) {
                assertThat(left).hasSize(5);
              }
              Files.createDirectory(layers);
            });
  }
}
