package dev.stepbox.cli.log;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPLogger;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.helpers.Reporter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Where SLF4J's lines go: nowhere, since whatever a user must know is an event or an error message;
 * to standard error if {@code STEPBOX_LOG} names a level ({@code error}, {@code warn}, {@code
 * info}, {@code debug}, {@code trace}). Found by SLF4J as a service.
 */
public final class StderrLogging implements SLF4JServiceProvider {

  static final String VARIABLE = "STEPBOX_LOG";

  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter context = new NOPMDCAdapter();
  private ILoggerFactory loggers = name -> NOPLogger.NOP_LOGGER;

  /**
   * Makes this the provider of the process. SLF4J would find it, too, but it opens every jar of the
   * class path for that.
   */
  public static void settle() {
    System.setProperty(LoggerFactory.PROVIDER_PROPERTY_KEY, StderrLogging.class.getName());
    // It would tell on standard error that it does as it is told.
    System.setProperty(Reporter.SLF4J_INTERNAL_VERBOSITY_KEY, "WARN");
  }

  @Override
  public void initialize() {
    Level level = level(System.getenv(VARIABLE));
    if (level != null) {
      loggers = name -> logger(name, level);
    }
  }

  static Logger logger(String name, Level level) {
    return new StderrLogger(name, level, System.err);
  }

  /** The level that a word names; null for none, and for a word that is no level. */
  static @Nullable Level level(@Nullable String word) {
    if (word == null) {
      return null;
    }
    String wanted = word.toUpperCase(Locale.ROOT);
    for (Level level : Level.values()) {
      if (level.name().equals(wanted)) {
        return level;
      }
    }
    return null;
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return loggers;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return context;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }
}
