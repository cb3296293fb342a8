package dev.stepbox.cli.render;

import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;

/** Times of day, {@code 12:04:05.123}, without the cost of a formatter on every line. */
final class Clocks {

  private final ZoneId zone;
  private Instant last = Instant.EPOCH;
  private String text = "";

  Clocks(ZoneId zone) {
    this.zone = zone;
  }

  String text(Instant time) {
    if (!time.equals(last) || text.isEmpty()) {
      LocalTime local = LocalTime.ofInstant(time, zone);
      StringBuilder digits = new StringBuilder(12);
      append(digits, local.getHour(), 2).append(':');
      append(digits, local.getMinute(), 2).append(':');
      append(digits, local.getSecond(), 2).append('.');
      text = append(digits, local.getNano() / 1_000_000, 3).toString();
      last = time;
    }
    return text;
  }

  private static StringBuilder append(StringBuilder to, int number, int digits) {
    String text = Integer.toString(number);
    return to.repeat('0', digits - text.length()).append(text);
  }
}
