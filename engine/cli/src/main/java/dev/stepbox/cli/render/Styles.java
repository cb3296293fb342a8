package dev.stepbox.cli.render;

/**
 * Colours, or none.
 *
 * @param coloured whether the texts carry colour sequences
 */
public record Styles(boolean coloured) {

  /** Text as it is. */
  public static final Styles PLAIN = new Styles(false);

  /** For the names of stages, and words that matter most. */
  public String bold(String text) {
    return paint("1", text);
  }

  /** For what may be overlooked. */
  public String dim(String text) {
    return paint("2", text);
  }

  /** For failures. */
  public String red(String text) {
    return paint("31", text);
  }

  /** For success. */
  public String green(String text) {
    return paint("32", text);
  }

  /** For what needs attention and did not fail. */
  public String yellow(String text) {
    return paint("33", text);
  }

  /** For what is under way. */
  public String cyan(String text) {
    return paint("36", text);
  }

  private String paint(String code, String text) {
    return coloured && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
