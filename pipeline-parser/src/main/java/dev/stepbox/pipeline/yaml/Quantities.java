package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.model.DataSize;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/** Numbers with units, from texts that already have the right form. */
final class Quantities {
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

  /** A text such as {@code 1.5GiB}; a fraction of a byte is dropped. */
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
    BigDecimal number = new BigDecimal(text.substring(0, unitAt));
    BigDecimal bytes = number.multiply(BigDecimal.valueOf(unit));
    return new DataSize(bytes.setScale(0, RoundingMode.DOWN).longValueExact());
  }

  private Quantities() {}
}
