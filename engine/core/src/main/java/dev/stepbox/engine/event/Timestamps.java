package dev.stepbox.engine.event;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;

/**
 * The one form of times in journal and JSON: {@code 2026-11-23T10:42:07.123Z}. Written by hand,
 * since the formatter of the JDK loads more classes than a short build otherwise needs.
 */
final class Timestamps {

  private static final int LENGTH = "2026-11-23T10:42:07.123Z".length();

  private Timestamps() {}

  static String write(Instant time) {
    LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
    int year = utc.getYear();
    if (year < 1000 || year > 9999) {
      throw new IllegalArgumentException("not a time of a build: year %d".formatted(year));
    }
    var out = new StringBuilder(LENGTH);
    digits(out, year, 4).append('-');
    digits(out, utc.getMonthValue(), 2).append('-');
    digits(out, utc.getDayOfMonth(), 2).append('T');
    digits(out, utc.getHour(), 2).append(':');
    digits(out, utc.getMinute(), 2).append(':');
    digits(out, utc.getSecond(), 2).append('.');
    return digits(out, time.getNano() / 1_000_000, 3).append('Z').toString();
  }

  static Instant read(String text) {
    if (text.length() != LENGTH
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || text.charAt(10) != 'T'
        || text.charAt(13) != ':'
        || text.charAt(16) != ':'
        || text.charAt(19) != '.'
        || text.charAt(23) != 'Z') {
      throw new IllegalArgumentException("not a time: '%s'".formatted(text));
    }
    try {
      LocalDate date = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10));
      LocalTime time =
          LocalTime.of(
              number(text, 11, 13),
              number(text, 14, 16),
              number(text, 17, 19),
              number(text, 20, 23) * 1_000_000);
      return LocalDateTime.of(date, time).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time: '%s'".formatted(text), e);
    }
  }

  private static StringBuilder digits(StringBuilder out, int value, int width) {
    String digits = Integer.toString(value);
    return out.repeat('0', width - digits.length()).append(digits);
  }

  private static int number(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        throw new IllegalArgumentException("not a time: '%s'".formatted(text));
      }
      value = value * 10 + (c - '0');
    }
    return value;
  }
}
