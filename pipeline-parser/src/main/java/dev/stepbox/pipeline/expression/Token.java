package dev.stepbox.pipeline.expression;

/**
 * A word or sign of an expression.
 *
 * @param text the sign or word itself; for a text literal, its value
 */
record Token(Kind kind, String text, int start, int end) {
  enum Kind {
    WORD,
    TEXT,
    NUMBER,
    SIGN,
    END
  }

  boolean isSign(String sign) {
    return kind == Kind.SIGN && text.equals(sign);
  }

  boolean isWord(String word) {
    return kind == Kind.WORD && text.equals(word);
  }

  /** How the token is called in a message. */
  String described() {
    return switch (kind) {
      case END -> "the end";
      case TEXT -> "a text";
      case WORD, NUMBER, SIGN -> "'" + text + "'";
    };
  }
}
