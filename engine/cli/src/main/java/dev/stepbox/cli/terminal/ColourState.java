package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Which colours and attributes a text has switched on, so that they can be switched on again. */
final class ColourState {

  private static final int HIGHEST_ATTRIBUTE = 9;

  private String foreground = "";
  private String background = "";
  private final boolean[] attributes = new boolean[HIGHEST_ATTRIBUTE + 1];

  /** Takes the parameters of one colour sequence: digits, semicolons and colons. */
  void apply(String parameters) {
    String[] tokens = parameters.split(";", -1);
    int at = 0;
    while (at < tokens.length) {
      int used = extent(tokens, at);
      StringBuilder whole = new StringBuilder(tokens[at]);
      for (int i = at + 1; i < at + used; i++) {
        whole.append(';').append(tokens[i]);
      }
      apply(code(tokens[at]), whole.toString());
      at += used;
    }
  }

  /** Forgets everything. */
  void clear() {
    foreground = "";
    background = "";
    for (int i = 0; i < attributes.length; i++) {
      attributes[i] = false;
    }
  }

  /** The sequence that switches on what is on; empty if nothing is. */
  byte[] opening() {
    StringBuilder parameters = new StringBuilder();
    for (int i = 1; i < attributes.length; i++) {
      if (attributes[i]) {
        parameters.append(i).append(';');
      }
    }
    if (!foreground.isEmpty()) {
      parameters.append(foreground).append(';');
    }
    if (!background.isEmpty()) {
      parameters.append(background).append(';');
    }
    if (parameters.isEmpty()) {
      return new byte[0];
    }
    parameters.setLength(parameters.length() - 1);
    return ("\u001b[" + parameters + "m").getBytes(US_ASCII);
  }

  private void apply(int code, String whole) {
    if (code == 0) {
      clear();
    } else if (code <= HIGHEST_ATTRIBUTE) {
      attributes[code] = !"4:0".equals(whole);
    } else if (code == 22) {
      attributes[1] = false;
      attributes[2] = false;
    } else if (code >= 23 && code <= 29) {
      attributes[code - 20] = false;
    } else if ((code >= 30 && code <= 38) || (code >= 90 && code <= 97)) {
      foreground = whole;
    } else if (code == 39) {
      foreground = "";
    } else if ((code >= 40 && code <= 48) || (code >= 100 && code <= 107)) {
      background = whole;
    } else if (code == 49) {
      background = "";
    }
  }

  /** How many tokens belong together: {@code 38;5;n} and {@code 38;2;r;g;b} are one colour. */
  private static int extent(String[] tokens, int at) {
    int code = code(tokens[at]);
    boolean extended = code == 38 || code == 48;
    if (!extended || tokens[at].indexOf(':') >= 0 || at + 1 >= tokens.length) {
      return 1;
    }
    int wanted =
        switch (tokens[at + 1]) {
          case "5" -> 3;
          case "2" -> 5;
          default -> 1;
        };
    return Math.min(wanted, tokens.length - at);
  }

  private static int code(String token) {
    int code = 0;
    for (int i = 0; i < token.length() && Character.isDigit(token.charAt(i)); i++) {
      code = Math.min(1000, code * 10 + token.charAt(i) - '0');
    }
    return code;
  }
}
