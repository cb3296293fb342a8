package dev.stepbox.engine.event;

import java.util.Locale;

/** Constants as they are written in JSON and read by people: {@code FAIL_FAST} is "fail-fast". */
public final class Words {

  private Words() {}

  /** The word of a constant. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The constant with that word.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static <E extends Enum<E>> E read(Class<E> type, String word) {
    for (E constant : type.getEnumConstants()) {
      if (of(constant).equals(word)) {
        return constant;
      }
    }
    throw new IllegalArgumentException("not a %s: '%s'".formatted(type.getSimpleName(), word));
  }
}
