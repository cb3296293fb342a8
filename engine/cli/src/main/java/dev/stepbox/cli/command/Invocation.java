package dev.stepbox.cli.command;

import dev.stepbox.cli.config.Settings;
import dev.stepbox.cli.render.Look;
import dev.stepbox.cli.render.Styles;
import dev.stepbox.cli.terminal.Terminal;
import dev.stepbox.cli.wiring.Surroundings;
import dev.stepbox.layercache.Limits;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;

/**
 * Everything that a command takes from the process it runs in.
 *
 * @param environment the variables of the caller
 * @param directory the working directory, absolute
 * @param out text and results
 * @param err diagnostics
 * @param terminal what the two lead to
 * @param clock the time of day
 */
public record Invocation(
    Map<String, String> environment,
    Path directory,
    PrintStream out,
    PrintStream err,
    Terminal terminal,
    InstantSource clock) {

  public Invocation {
    environment = Map.copyOf(environment);
  }

  /** What the environment decides; read anew at each call. */
  Settings settings() {
    return Settings.from(environment);
  }

  /** How to colour what goes to standard output. */
  Styles outStyles() {
    return new Styles(settings().colours().applies(terminal.outIsTerminal()));
  }

  /** How to draw text that is no live view on standard output. */
  Look look() {
    return new Look(outStyles(), terminal.unicode(), Look.PLAIN_COLUMNS, zone());
  }

  /** How to colour what goes to standard error. */
  Styles errStyles() {
    return new Styles(settings().colours().applies(terminal.errIsTerminal()));
  }

  /** The time zone of the user. */
  ZoneId zone() {
    String named = environment.getOrDefault("TZ", "");
    try {
      return named.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(named);
    } catch (DateTimeException ignored) {
      // A form of TZ that only the C library reads; the JVM has made its own sense of it.
      return ZoneId.systemDefault();
    }
  }

  /** What the parts need to know of the process. */
  Surroundings surroundings() {
    Settings settings = settings();
    return new Surroundings(
        settings.home(),
        settings.runtime(),
        environment,
        clock,
        VersionCommand.number(),
        limits(settings),
        settings.orphanTimeout());
  }

  private static Limits limits(Settings settings) {
    Limits usual = Limits.DEFAULTS;
    Long quota = settings.quotaBytes();
    Long reserve = settings.reserveBytes();
    return new Limits(
        usual.layersMax(),
        usual.entriesMax(),
        usual.layerBytesMax(),
        usual.fileBytesMax(),
        usual.depthMax(),
        usual.headerBytesMax(),
        usual.xattrsMax(),
        usual.ratioMax(),
        usual.jsonBytesMax(),
        usual.conflictsMax(),
        usual.listingBytesMax(),
        usual.comparedBytesMax(),
        quota == null ? usual.quotaBytes() : quota,
        reserve == null ? usual.reserveBytes() : reserve);
  }

  /** A path that the user gave, seen from the working directory. */
  Path resolve(String path) {
    return directory.resolve(path).normalize();
  }
}
