package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.model.DataSize;
import dev.stepbox.pipeline.model.Processors;
import java.time.Duration;

/** Numbers with units, from texts that already have the right form. */
final class Quantities {
  private static final int THOUSAND = 1000;

  /** A text such as {@code 1h30m}. */
  static Duration duration(String text) {
    long seconds = 0;
    long number = 0;
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      switch (character) {
        case 'd' -> seconds += number * 24 * 60 * 60;
        case 'h' -> seconds += number * 60 * 60;
        case 'm' -> seconds += number * 60;
        case 's' -> seconds += number;
        default -> number = number * 10 + (character - '0');
      }
      if (character > '9') {
        number = 0;
      }
    }
    return Duration.ofSeconds(seconds);
  }

  /**
   * A text such as {@code 1.5GiB}, with at most three decimals; a fraction of a byte is dropped.
   */
  static DataSize size(String text) {
    int unitAt = text.length() - 3;
    long unit =
        switch (text.charAt(unitAt)) {
          case 'K' -> DataSize.KIBIBYTE;
          case 'M' -> DataSize.MEBIBYTE;
          case 'G' -> DataSize.GIBIBYTE;
          case 'T' -> DataSize.TEBIBYTE;
          default -> throw new IllegalArgumentException("not a size: '%s'".formatted(text));
        };
    long thousandths = thousandths(text.substring(0, unitAt));
    return new DataSize(thousandths / THOUSAND * unit + thousandths % THOUSAND * unit / THOUSAND);
  }

  /** A text such as {@code 0.5}, with at most three decimals. */
  static Processors processors(String text) {
    return new Processors(Math.toIntExact(thousandths(text)));
  }

  /** A thousand times a decimal with at most three decimals. */
  static long thousandths(String text) {
    int dot = text.indexOf('.');
    int wholeEnd = dot < 0 ? text.length() : dot;
    long thousandths = Long.parseLong(text, 0, wholeEnd, 10);
    for (int digit = 1; digit <= 3; digit++) {
      int at = wholeEnd + digit;
      thousandths = thousandths * 10 + (at < text.length() ? text.charAt(at) - '0' : 0);
    }
    return thousandths;
  }

  private Quantities() {}
}
