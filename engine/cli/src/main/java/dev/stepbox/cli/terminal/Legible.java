package dev.stepbox.cli.terminal;

/**
 * Texts whose words are not all ours (scripts, names, files of images, answers of servers), made
 * safe for a terminal: what it would obey is shown as an escape, such as {@code \}{@code u001b}.
 * Colours, line ends and tabs stay.
 */
public final class Legible {
  private static final char ESCAPE = '\u001b';

  private Legible() {}

  /** The text, and the text itself if there is nothing to show otherwise. */
  public static String of(String text) {
    int at = 0;
    while (at < text.length()) {
      int next = after(text, at);
      if (next == at) {
        return rewritten(text, at);
      }
      at = next;
    }
    return text;
  }

  /** The same for words that have no business to be coloured: a colour can hide them. */
  public static String uncoloured(String text) {
    return of(text).replace("\u001b", "\\u001b");
  }

  private static String rewritten(String text, int from) {
    StringBuilder legible = new StringBuilder(text.length() + 16).append(text, 0, from);
    int at = from;
    while (at < text.length()) {
      int next = after(text, at);
      if (next == at) {
        legible.append("\\u%04x".formatted((int) text.charAt(at)));
        next++;
      } else {
        legible.append(text, at, next);
      }
      at = next;
    }
    return legible.toString();
  }

  /** Where the harmless character or colour sequence that begins here ends; here, if none does. */
  private static int after(String text, int at) {
    char c = text.charAt(at);
    if (c == ESCAPE) {
      return afterColour(text, at);
    }
    return isObeyed(c) ? at : at + 1;
  }

  private static int afterColour(String text, int at) {
    if (!text.startsWith("[", at + 1)) {
      return at;
    }
    int end = at + 2;
    while (end < text.length() && isParameter(text.charAt(end))) {
      end++;
    }
    return text.startsWith("m", end) ? end + 1 : at;
  }

  private static boolean isParameter(char c) {
    return (c >= '0' && c <= '9') || c == ';' || c == ':';
  }

  /** Controls, separators of lines and paragraphs, and marks that reorder text. */
  private static boolean isObeyed(char c) {
    if (c < ' ') {
      return c != '\n' && c != '\t';
    }
    return (c >= '\u007f' && c <= '\u009f')
        || c == '\u2028'
        || c == '\u2029'
        || (c >= '\u202a' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069');
  }
}
