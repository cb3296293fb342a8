package dev.stepbox.layercache.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SparseDigestTest {
  private static byte[] bytes(int count, int value) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void piecesDoNotMatter() {
    SparseDigest whole = new SparseDigest();
    whole.add(0, bytes(10_000, 1));
    SparseDigest pieces = new SparseDigest();
    pieces.add(0, bytes(1, 1));
    pieces.add(1, bytes(4094, 1));
    pieces.add(4095, bytes(2, 1));
    pieces.add(4097, bytes(10_000 - 4097, 1));
    assertThat(pieces.end()).isEqualTo(whole.end());
  }

  @Test
  void zerosAreWhatAHoleIs() {
    SparseDigest written = new SparseDigest();
    written.add(0, bytes(100_000, 0));
    written.add(100_000, bytes(3, 7));
    written.add(100_003, bytes(50_000, 0));
    SparseDigest sparse = new SparseDigest();
    sparse.add(100_000, bytes(3, 7));
    assertThat(sparse.end()).isEqualTo(written.end());
  }

  @Test
  void thePlaceOfDataMatters() {
    SparseDigest one = new SparseDigest();
    one.add(4096, bytes(4096, 7));
    SparseDigest other = new SparseDigest();
    other.add(8192, bytes(4096, 7));
    assertThat(one.end()).isNotEqualTo(other.end());
  }
}
