package dev.stepbox.cli.log;

import dev.stepbox.cli.terminal.Legible;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** Writes lines of a level and above. Safe for use by several threads. */
final class StderrLogger extends LegacyAbstractLogger {

  private static final long serialVersionUID = 1L;

  private final Level level;
  private final transient PrintStream out;

  StderrLogger(String name, Level level, PrintStream out) {
    this.name = name;
    this.level = level;
    this.out = out;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level at,
      @Nullable Marker marker,
      String message,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    String text = MessageFormatter.basicArrayFormat(message, arguments);
    String line = Legible.of("%s %s: %s".formatted(at, name, text));
    synchronized (out) {
      out.println(line);
      if (thrown != null) {
        thrown.printStackTrace(out);
      }
    }
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  public boolean isTraceEnabled() {
    return includes(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return includes(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return includes(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return includes(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return includes(Level.ERROR);
  }

  private boolean includes(Level asked) {
    return asked.toInt() >= level.toInt();
  }
}
