package dev.stepbox.layercache.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed and plain archives give the same bytes and both digests; check 54 of the bar. */
class LayerStreamTest {
  private static final byte[] PLAIN = new byte[1 << 20];

  static {
    new Random(7).nextBytes(PLAIN);
  }

  private static byte[] gzip(byte[] data) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(data);
    }
    return out.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static Digest sha256(byte[] data) {
    return Digest.ofHash(DigestFeed.sha256().digest(data));
  }

  private static byte[] read(byte[] data, int pieceBytes) throws Exception {
    return read(new BytesFeed(data, pieceBytes), Limits.DEFAULTS, data);
  }

  private static byte[] read(ByteFeed feed, Limits limits, byte @Nullable [] packed)
      throws Exception {
    try (LayerStream stream = LayerStream.open(feed, limits)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (ByteBuffer piece = stream.next(); piece != null; piece = stream.next()) {
        out.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
      }
      assertThat(stream.diffId()).isEqualTo(sha256(out.toByteArray()));
      if (packed != null) {
        assertThat(stream.packedDigest()).isEqualTo(sha256(packed));
      }
      return out.toByteArray();
    }
  }

  private static void assertRefused(byte[] data, Code code) {
    assertThatThrownBy(() -> read(data, 5000))
        .isInstanceOfSatisfying(
            LayerCacheException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 4096, 10_000_000})
  void plainAndCompressedGiveTheSame(int pieceBytes) throws Exception {
    byte[] some = Arrays.copyOf(PLAIN, 10_000);

    assertThat(read(some, pieceBytes)).isEqualTo(some);
    assertThat(read(gzip(some), pieceBytes)).isEqualTo(some);
  }

  @Test
  void aLargeStreamPassesThroughAllThreads() throws Exception {
    assertThat(read(gzip(PLAIN), 70_000)).isEqualTo(PLAIN);
  }

  @Test
  @Timeout(60)
  void aStreamThatIsClosedEarlyEndsItsThreads() throws Exception {
    LayerStream stream = LayerStream.open(new BytesFeed(gzip(PLAIN), 100), Limits.DEFAULTS);
    assertThat(stream.next()).isNotNull();

    stream.close();
  }

  @Test
  void aFailureOfTheSourceReachesTheReader() {
    ByteFeed broken =
        new ByteFeed() {
          private int count;

          @Override
          public ByteBuffer next() throws IOException {
            count++;
            if (count == 3) {
              throw new IOException("the disk is gone");
            }
            return ByteBuffer.wrap(new byte[100]);
          }
        };

    assertThatThrownBy(() -> read(broken, Limits.DEFAULTS, null))
        .isInstanceOf(IOException.class)
        .hasMessage("the disk is gone");
  }

  @Nested
  class Check54Compression {
    @Test
    void concatenatedMembersAreOneStream() throws Exception {
      byte[] two = joined(gzip(Arrays.copyOf(PLAIN, 3000)), gzip(new byte[0]), gzip(PLAIN));

      assertThat(read(two, 999)).isEqualTo(joined(Arrays.copyOf(PLAIN, 3000), PLAIN));
    }

    @Test
    void headersWithNameCommentExtraAndChecksumAreRead() throws Exception {
      byte[] plain = gzip(Arrays.copyOf(PLAIN, 100));
      byte[] header = {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3};
      byte[] fields = "\u0003\u0000abcname\u0000comment\u0000??".getBytes(ISO_8859_1);
      byte[] archive = joined(header, fields, Arrays.copyOfRange(plain, 10, plain.length));

      assertThat(read(archive, 3)).isEqualTo(Arrays.copyOf(PLAIN, 100));
    }

    @Test
    void garbageAfterTheLastMemberIsDamage() throws Exception {
      assertRefused(joined(gzip(PLAIN), new byte[] {1, 2, 3, 4, 5}), Code.ARCHIVE_CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 12, 500, 1_000_000})
    void dataThatIsCutShortIsDamage(int length) throws Exception {
      assertRefused(Arrays.copyOf(gzip(PLAIN), length), Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aWrongChecksumIsDamage() throws Exception {
      byte[] data = gzip(PLAIN);
      data[data.length - 5]++;

      assertRefused(data, Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aWrongLengthIsDamage() throws Exception {
      byte[] data = gzip(PLAIN);
      data[data.length - 1]++;

      assertRefused(data, Code.ARCHIVE_CORRUPT);
    }

    @Test
    void aFlippedBitIsDamage() throws Exception {
      byte[] data = gzip("some text that is compressed ".repeat(1000).getBytes(ISO_8859_1));
      data[data.length / 2] ^= 4;

      assertRefused(data, Code.ARCHIVE_CORRUPT);
    }

    @Test
    void dataThatGrowsTooMuchIsRefusedBeforeItIsAllUnpacked() throws Exception {
      byte[] bomb = bomb(400L << 20);
      Limits limits = LimitsBuilder.defaults().build();

      assertThat((long) bomb.length * limits.ratioMax()).isLessThan(400L << 20);
      assertThatThrownBy(() -> read(new BytesFeed(bomb, 1 << 16), limits, null))
          .isInstanceOf(LayerCacheException.class)
          .hasMessageContaining("ratioMax");
    }

    private byte[] bomb(long size) throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] zeros = new byte[1 << 20];
      try (GZIPOutputStream gzip = new GZIPOutputStream(out, 1 << 16)) {
        for (long done = 0; done < size; done += zeros.length) {
          gzip.write(zeros);
        }
      }
      return out.toByteArray();
    }

    @Test
    void asManyBytesAsTheLimitPassAndNotOneMore() throws Exception {
      Limits limits = LimitsBuilder.defaults().layerBytesMax(1000).build();

      assertThat(read(new BytesFeed(new byte[1000], 300), limits, null)).hasSize(1000);
      assertThatThrownBy(() -> read(new BytesFeed(new byte[1001], 300), limits, null))
          .hasMessageContaining("layerBytesMax");
      byte[] packed = gzip(new byte[1001]);
      assertThatThrownBy(() -> read(new BytesFeed(packed, 300), limits, null))
          .hasMessageContaining("layerBytesMax");
    }

    @Test
    void otherCompressionsAreNamed() {
      assertThatThrownBy(() -> read(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0}, 10))
          .hasMessageContaining("zstd");
      assertThatThrownBy(() -> read("BZh91AY".getBytes(ISO_8859_1), 2))
          .hasMessageContaining("bzip2");
      assertThatThrownBy(() -> read(new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0}, 10))
          .hasMessageContaining("xz");
    }

    @Test
    void theChecksumOfEachMemberIsItsOwn() throws Exception {
      CRC32 crc = new CRC32();
      crc.update(PLAIN);
      byte[] both = joined(gzip(PLAIN), gzip(PLAIN));

      assertThat(crc.getValue()).isNotZero();
      assertThat(read(both, 1 << 16)).hasSize(2 * PLAIN.length);
    }
  }
}
