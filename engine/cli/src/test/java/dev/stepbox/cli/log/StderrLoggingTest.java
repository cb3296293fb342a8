package dev.stepbox.cli.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.helpers.NOPLogger;

class StderrLoggingTest {

  @Test
  void slf4jFindsItAndIsSilent() {
    assertThat(LoggerFactory.getLogger("any")).isSameAs(NOPLogger.NOP_LOGGER);
  }

  @Test
  void aWordNamesALevel() {
    assertThat(StderrLogging.level("debug")).isEqualTo(Level.DEBUG);
    assertThat(StderrLogging.level("loud")).isNull();
    assertThat(StderrLogging.level(null)).isNull();
  }

  @Test
  void linesOfTheLevelAndAboveAreWritten() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    StderrLogger logger =
        new StderrLogger("git", Level.WARN, new PrintStream(written, true, UTF_8));
    logger.info("not {}", "this");
    logger.warn("this {} {}", "and", "that");
    logger.error("bad", new IllegalStateException("why"));
    assertThat(written.toString(UTF_8))
        .startsWith(
            "WARN git: this and that\nERROR git: bad\njava.lang.IllegalStateException: why");
  }
}
