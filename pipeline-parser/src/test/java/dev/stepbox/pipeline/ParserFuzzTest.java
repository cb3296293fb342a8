package dev.stepbox.pipeline;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the bytes are, reading them ends with a result. Every fixture is a starting point, and
 * so are the inputs beside this class, which are kept from earlier runs; {@code ./check fuzz
 * ParserFuzzTest} looks for more.
 */
class ParserFuzzTest {
  private static final int SEED_BYTES_MAX = 4000;

  static Stream<byte[]> seeds() {
    return Fixture.all().stream()
        .map(Fixture::bytes)
        .filter(bytes -> bytes.length <= SEED_BYTES_MAX);
  }

  @MethodSource("seeds")
  @DictionaryEntries({
    "stepbox: 1\\x0a",
    "stages:\\x0a",
    "- stage: A\\x0a",
    "steps: [{sh: make}]",
    "parallel:",
    "matrix: {axes: {A: [1, 2]}}",
    "exclude: [{A: {not: 1}}]",
    "needs: [A]",
    "when: {expression: ",
    "environment: {A: '${B}'}",
    "parameters: [{choice: {name: A, choices: [a, b]}}]",
    "post: {always: ",
    "&a ",
    "*a"
  })
  @FuzzTest(maxDuration = "60s")
  void readingEndsWithAResult(byte[] bytes) {
    Totality.check(bytes);
  }
}
