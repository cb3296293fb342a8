package dev.stepbox.pipeline;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/**
 * Whatever the bytes are, reading them ends with a result. The inputs beside this class are kept
 * from earlier runs; {@code ./check fuzz ParserFuzzTest} looks for more.
 */
@Tag("fuzz")
class ParserFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void readingEndsWithAResult(byte[] bytes) {
    Totality.check(bytes);
  }
}
