package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.schema.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and hostile pipelines end with a result, and soon. */
class MutationTest {
  private static final int MUTANTS = 1000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void damagedPipelinesEndWithAResult(long seed) {
    Mutants mutants = new Mutants(seed);
    for (int count = 0; count < MUTANTS; count++) {
      byte[] bytes = mutants.next();
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
