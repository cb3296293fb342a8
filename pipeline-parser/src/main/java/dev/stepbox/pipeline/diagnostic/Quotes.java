package dev.stepbox.pipeline.diagnostic;

/**
 * Texts of the author as they appear in messages: on one line, short, and harmless to a terminal.
 */
public final class Quotes {
  private static final int CHARS_MAX = 60;

  /** The text in single quotes, shortened, control characters replaced. */
  public static String quote(String text) {
    return "'" + shorten(text) + "'";
  }

  /** Several texts, quoted, with commas between them. */
  public static String quoteAll(Iterable<String> texts) {
    StringBuilder all = new StringBuilder();
    for (String text : texts) {
      if (!all.isEmpty()) {
        all.append(", ");
      }
      all.append(quote(text));
    }
    return all.toString();
  }

  private static String shorten(String text) {
    StringBuilder line = new StringBuilder();
    int count = 0;
    for (int at = 0; at < text.length(); count++) {
      if (count == CHARS_MAX) {
        return line.append('…').toString();
      }
      int character = text.codePointAt(at);
      at += Character.charCount(character);
      line.appendCodePoint(visible(character));
    }
    return line.toString();
  }

  /** The text with stand-ins for what a terminal would act on; lines stay lines. */
  static String harmless(String text) {
    boolean isHarmless = true;
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      isHarmless &= character == '\n' || (character >= ' ' && character < 0x7f);
    }
    if (isHarmless) {
      return text;
    }
    StringBuilder harmless = new StringBuilder();
    for (int at = 0; at < text.length(); ) {
      int character = text.codePointAt(at);
      at += Character.charCount(character);
      harmless.appendCodePoint(character == '\n' ? '\n' : visible(character));
    }
    return harmless.toString();
  }

  /** The character itself, or a stand-in if a terminal would act on it. */
  static int visible(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          character == '\n' ? '⏎' : '·';
      default -> character;
    };
  }

  private Quotes() {}
}
