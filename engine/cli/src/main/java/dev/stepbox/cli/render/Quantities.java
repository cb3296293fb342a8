package dev.stepbox.cli.render;

import java.time.Duration;

/** Durations and sizes as people read them; fixed forms, whatever the locale. */
final class Quantities {

  private static final String UNITS = "BKMGTP";
  private static final long STEP = 1024;

  private Quantities() {}

  /** For example {@code 0.04s}, {@code 38.2s}, {@code 2m 05s}, {@code 1h 02m}. */
  static String duration(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    if (millis < 100) {
      return "0." + twoDigits((millis + 5) / 10) + "s";
    }
    long tenths = (millis + 50) / 100;
    if (tenths < 600) {
      return decimal(tenths) + "s";
    }
    long seconds = (millis + 500) / 1000;
    return seconds < 3600
        ? seconds / 60 + "m " + twoDigits(seconds % 60) + "s"
        : seconds / 3600 + "h " + twoDigits(seconds % 3600 / 60) + "m";
  }

  /** For example {@code 512B}, {@code 1.5K}, {@code 812M}, {@code 2G}: powers of 1024. */
  static String size(long bytes) {
    if (bytes < STEP) {
      return bytes + "B";
    }
    int unit = 1;
    long divisor = STEP;
    while (unit < UNITS.length() - 1 && bytes / divisor >= STEP) {
      divisor *= STEP;
      unit++;
    }
    long tenths = Math.round(bytes * 10.0 / divisor);
    boolean whole = tenths >= 100 || tenths % 10 == 0;
    return (whole ? String.valueOf((tenths + 5) / 10) : decimal(tenths)) + UNITS.charAt(unit);
  }

  /** How many cores were busy on average, for example {@code 3.1x}. */
  static String cores(Duration cpu, Duration elapsed) {
    long tenths = cpu.toMillis() * 10 / Math.max(1, elapsed.toMillis());
    return decimal(tenths) + "x";
  }

  private static String decimal(long tenths) {
    return tenths / 10 + "." + tenths % 10;
  }

  private static String twoDigits(long number) {
    return number < 10 ? "0" + number : String.valueOf(number);
  }
}
