package dev.stepbox.agent.worker.output;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.worker.output.OutputMask.More;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputMaskTest {
  @ParameterizedTest
  @CsvSource({
    "abcd,           xx abcd yy,       xx **** yy",
    "abcd,           abcd,             ****",
    "abcd,           abcdabcd,         ********",
    "abcd,           abc,              abc",
    "abcd,           abcabcd,          abc****",
    "abab,           abababab,         ****",
    "abcd|cdef,      xabcdefx,         x****x",
    "abcd|bcdefg,    abcdef.abcdefg,   ****ef.****",
    "abcd|efgh,      abcdefgh,         ********",
    "abcdefgh|cdef,  abcdefgX abcdefgh, ab****gX ****",
  })
  void whatIsCoveredByPatternsIsReplaced(String patterns, String text, String masked) {
    assertThat(mask(List.of(patterns.split("\\|")), text, text.length())).isEqualTo(masked);
  }

  /** Few letters, so that patterns overlap in every way; compared with a search by hand. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void anyChunkingGivesTheSameAsASearchOfTheWhole(long seed) {
    var random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<String> patterns = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(4); i++) {
        patterns.add(randomText(random, 4 + random.nextInt(9)));
      }
      String text = randomText(random, random.nextInt(200));
      String expected = maskByHand(patterns, text);
      for (int chunk : new int[] {1, 2, 3, 7, 64, 1000}) {
        assertThat(mask(patterns, text, chunk))
            .as("patterns %s, text %s, chunks of %d", patterns, text, chunk)
            .isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void everyToldOffsetIsOneToGoOnFrom(long seed) {
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<String> patterns =
          List.of(randomText(random, 4 + random.nextInt(5)), randomText(random, 5));
      String text = randomText(random, 100);
      String expected = maskByHand(patterns, text);
      PatternMatcher matcher = matcher(patterns);
      var before = new ByteArrayOutputStream();
      var mask = new OutputMask(matcher, 0);
      byte[] bytes = text.getBytes(ISO_8859_1);
      for (int at = 0; at < bytes.length; ) {
        int count = Math.min(1 + random.nextInt(9), bytes.length - at);
        OutputMask.Piece piece = feed(mask, bytes, at, count, More.EXPECTED);
        at += count;
        if (piece != null) {
          before.writeBytes(piece.bytes().toByteArray());
          int offset = (int) piece.rawEnd();
          OutputMask.Piece rest =
              feed(
                  new OutputMask(matcher, offset),
                  bytes,
                  offset,
                  bytes.length - offset,
                  More.NOTHING);
          String after = rest == null ? "" : new String(rest.bytes().toByteArray(), ISO_8859_1);
          assertThat(before.toString(ISO_8859_1) + after).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void nothingThatMayBecomeASecretIsTold() {
    var mask = new OutputMask(matcher(List.of("abcdefgh")), 0);
    OutputMask.Piece first = feed(mask, "xxabcd".getBytes(ISO_8859_1), 0, 6, More.EXPECTED);
    assertThat(first).isNotNull();
    assertThat(first.rawEnd()).isEqualTo(2);
    assertThat(feed(mask, "efg".getBytes(ISO_8859_1), 0, 3, More.EXPECTED)).isNull();
    OutputMask.Piece last = feed(mask, "hy".getBytes(ISO_8859_1), 0, 2, More.EXPECTED);
    assertThat(last).isNotNull();
    assertThat(last.bytes().utf8()).isEqualTo("****y");
    assertThat(last.rawEnd()).isEqualTo(11);
  }

  @Test
  void anEndlessStretchIsNotKeptInMemory() {
    var mask = new OutputMask(matcher(List.of("aaaa")), 0);
    byte[] run = "a".repeat(100_000).getBytes(ISO_8859_1);
    for (int i = 0; i < 100; i++) {
      assertThat(feed(mask, run, 0, run.length, More.EXPECTED)).isNull();
      assertThat(mask.keptLength()).isLessThan(8);
    }
    OutputMask.Piece last = feed(mask, "b".getBytes(ISO_8859_1), 0, 1, More.NOTHING);
    assertThat(last).isNotNull();
    assertThat(last.bytes().utf8()).isEqualTo("****b");
    assertThat(last.rawEnd()).isEqualTo(10_000_001L);
  }

  @Test
  void withoutPatternsAChunkIsHandedOnAsItIs() {
    var mask = new OutputMask(matcher(List.of()), 0);
    byte[] chunk = {1, 2, 3};
    OutputMask.Piece piece = mask.process(chunk, 3, More.EXPECTED);
    assertThat(piece).isNotNull();
    chunk[0] = 9;
    assertThat(piece.bytes().at(0)).isEqualTo((byte) 9);
  }

  private static String mask(List<String> patterns, String text, int chunkLength) {
    var mask = new OutputMask(matcher(patterns), 0);
    var out = new ByteArrayOutputStream();
    byte[] bytes = text.getBytes(ISO_8859_1);
    long told = 0;
    for (int at = 0; at <= bytes.length; at += chunkLength) {
      int count = Math.min(chunkLength, bytes.length - at);
      boolean isLast = at + chunkLength > bytes.length;
      OutputMask.Piece piece = feed(mask, bytes, at, count, isLast ? More.NOTHING : More.EXPECTED);
      if (piece != null) {
        assertThat(piece.rawEnd()).isGreaterThan(told);
        told = piece.rawEnd();
        out.writeBytes(piece.bytes().toByteArray());
      }
    }
    assertThat(told).isEqualTo(bytes.length);
    return out.toString(ISO_8859_1);
  }

  private static OutputMask.@Nullable Piece feed(
      OutputMask mask, byte[] bytes, int at, int count, More more) {
    byte[] chunk = new byte[mask.keptLength() + count];
    mask.copyKept(chunk);
    System.arraycopy(bytes, at, chunk, mask.keptLength(), count);
    return mask.process(chunk, chunk.length, more);
  }

  private static PatternMatcher matcher(List<String> patterns) {
    return PatternMatcher.of(patterns.stream().map(p -> p.getBytes(ISO_8859_1)).toList());
  }

  private static String randomText(Random random, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(random.nextInt(10) == 0 ? 4 : 2)));
    }
    return text.toString();
  }

  private static String maskByHand(List<String> patterns, String text) {
    // joined.get(i): the bytes i and i+1 belong to one stretch.
    var covered = new BitSet();
    var joined = new BitSet();
    for (String pattern : patterns) {
      for (int at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
        covered.set(at, at + pattern.length());
        joined.set(at, at + pattern.length() - 1);
      }
    }
    var out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (!covered.get(i)) {
        out.append(text.charAt(i));
      } else if (!joined.get(i)) {
        out.append(Masking.MASK);
      }
    }
    return out.toString();
  }
}
