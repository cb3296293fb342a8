package dev.stepbox.pipeline;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Fixtures with random damage; the same seed gives the same ones. */
final class Mutants {
  private static final int SEED_BYTES_MAX = 4000;

  private static final List<String> PIECES =
      List.of(
          "\n",
          " ",
          "  ",
          "- ",
          ": ",
          "{",
          "}",
          "[",
          "]",
          "&a ",
          "*a",
          "!",
          "!!int ",
          "<<",
          "|",
          ">",
          "'",
          "\"",
          "#",
          "%",
          "@",
          "`",
          ",",
          "?",
          "---\n",
          "...\n",
          "\t",
          "\r",
          "\0",
          "\u0085",
          "\u2028",
          "\ufeff",
          "null",
          "~",
          "yes",
          "0x1F",
          "1e9",
          "${A}",
          "${",
          "$$",
          "stage",
          "steps",
          "sh",
          "when",
          "not",
          "matrix",
          "axes",
          "needs",
          "parallel",
          "post");

  private final List<byte[]> seeds =
      Fixture.all().stream()
          .map(Fixture::bytes)
          .filter(bytes -> bytes.length <= SEED_BYTES_MAX)
          .toList();
  private final RandomGenerator random;

  Mutants(long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  byte[] next() {
    byte[] bytes = seeds.get(random.nextInt(seeds.size()));
    for (int changes = random.nextInt(1, 6); changes > 0; changes--) {
      bytes = mutate(bytes);
    }
    return bytes;
  }

  private byte[] mutate(byte[] bytes) {
    int at = random.nextInt(bytes.length + 1);
    int end = Math.min(bytes.length, at + random.nextInt(1, 20));
    byte[] piece = bytes;
    switch (random.nextInt(6)) {
      case 0 -> piece = new byte[0];
      case 1 -> {
        end = at;
        piece = PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.UTF_8);
      }
      case 2 -> piece = PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.UTF_8);
      case 3 -> piece = new byte[] {(byte) random.nextInt(256)};
      case 4 -> {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        int from = random.nextInt(other.length + 1);
        piece = Arrays.copyOfRange(other, from, Math.min(other.length, from + 60));
      }
      default -> {
        end = at;
        piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 60));
      }
    }
    byte[] mutant = new byte[at + piece.length + bytes.length - end];
    System.arraycopy(bytes, 0, mutant, 0, at);
    System.arraycopy(piece, 0, mutant, at, piece.length);
    System.arraycopy(bytes, end, mutant, at + piece.length, bytes.length - end);
    return mutant;
  }
}
