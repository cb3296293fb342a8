package dev.stepbox.example;

/** Writes whole numbers from 1 to 3999 in Roman numerals. */
public final class Roman {
  private static final int[] VALUES = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
  private static final String[] LETTERS = {
    "M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"
  };

  private Roman() {}

  /** Returns {@code number} in Roman numerals. */
  public static String numeral(int number) {
    if (number < 1 || number > 3999) {
      throw new IllegalArgumentException("no Roman numeral for " + number);
    }
    StringBuilder text = new StringBuilder();
    int rest = number;
    for (int i = 0; i < VALUES.length; i++) {
      while (rest >= VALUES[i]) {
        text.append(LETTERS[i]);
        rest -= VALUES[i];
      }
    }
    return text.toString();
  }

  /** Prints each argument as a Roman numeral. */
  public static void main(String[] arguments) {
    for (String argument : arguments) {
      System.out.println(argument + " = " + numeral(Integer.parseInt(argument)));
    }
  }
}
