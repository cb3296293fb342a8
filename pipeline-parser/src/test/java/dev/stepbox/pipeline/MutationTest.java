package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.schema.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and hostile pipelines end with a result, and soon. */
class MutationTest {
  private static final int MUTANTS = 2500;
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

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void damagedPipelinesEndWithAResult(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int count = 0; count < MUTANTS; count++) {
      byte[] bytes = seeds.get(random.nextInt(seeds.size()));
      for (int changes = random.nextInt(1, 6); changes > 0; changes--) {
        bytes = mutate(bytes, random);
      }
      try {
        Totality.check(bytes);
      } catch (RuntimeException | Error failure) {
        throw new AssertionError(
            "seed %d, mutant %d: %s"
                .formatted(seed, count, new String(bytes, StandardCharsets.UTF_8)),
            failure);
      }
    }
  }

  private byte[] mutate(byte[] bytes, RandomGenerator random) {
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

  /** Texts of the largest size that is allowed, each meant to cost more than its length. */
  record Hostile(String name, String text) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Hostile> hostile() {
    String head = "stepbox: 1\nstages:\n";
    String deep = "[".repeat(60) + "]".repeat(60) + ",\n";
    return List.of(
        new Hostile("one plain scalar of many lines", fill("a: ", "word word word\n  ")),
        new Hostile("one plain scalar of lines of 64 KiB", fill("a: ", "w".repeat(60_000) + "\n ")),
        new Hostile("lines of spaces", fill("a:", " ".repeat(60_000) + "\n")),
        new Hostile("empty lines in a quoted text", fill("a: \"", "\n")),
        new Hostile("escapes", fill("a: \"", "\\n\\u0041\\x41".repeat(1000) + "\n")),
        new Hostile("a block of short lines", fill("a: |\n", " \n  x\n")),
        new Hostile("a folded block", fill("a: >\n", "  x\n\n   y\n")),
        new Hostile("anchors", anchors()),
        new Hostile("unknown keys", fill("", "k%d: 1\n")),
        new Hostile("near misses", fill("", "stag%d: 1\n")),
        new Hostile("the same key", fill("", "a: 1\n")),
        new Hostile("unknown needs", head + fill("- stage: A\n  needs:\n", "  - B%d\n")),
        new Hostile("stages without steps", fill(head, "- stage: A%d\n")),
        new Hostile("stages that are texts", fill(head, "- A\n")),
        new Hostile("nested lists", fill("a: [", deep)),
        new Hostile("open brackets", fill("", "[")),
        new Hostile("open braces on lines", fill("", "{\n")),
        new Hostile("question marks", fill("", "? \n")),
        new Hostile("dashes", fill("", "- ")),
        new Hostile("tags", fill("", "- !a%d b\n")),
        new Hostile("comments", fill("", "# x\n")),
        new Hostile("documents", fill("", "---\n")),
        new Hostile("colons", fill("", ":\n")),
        new Hostile("a cycle of everything with everything", tangle()));
  }

  private static String fill(String start, String piece) {
    StringBuilder text = new StringBuilder(start);
    int number = 0;
    while (text.length() < Limits.FILE_BYTES_MAX - 70_000) {
      text.append(piece.replace("%d", Integer.toString(number++)));
    }
    return text.toString();
  }

  private static String anchors() {
    return fill("", "- &a%d x\n");
  }

  private static String tangle() {
    StringBuilder text = new StringBuilder("stepbox: 1\nstages:\n");
    for (int stage = 0; stage < 300; stage++) {
      text.append("- stage: s").append(stage).append("\n  steps: [{sh: make}]\n  needs: [");
      for (int other = 0; other < 300; other++) {
        text.append('s').append((stage * 7 + other) % 300).append(other < 299 ? ", " : "]\n");
      }
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void hostileTextsAreReadInSeconds(Hostile hostile) {
    byte[] bytes = hostile.text().getBytes(StandardCharsets.UTF_8);
    assertThat(bytes.length).isLessThanOrEqualTo(Limits.FILE_BYTES_MAX);
    Assertions.assertTimeout(Duration.ofSeconds(10), () -> Totality.check(bytes));
  }
}
