package dev.stepbox.pipeline.expression;

import java.util.ArrayList;
import java.util.List;

/** Cuts an expression into tokens. */
final class Lexer {
  private static final List<String> SIGNS =
      List.of(
          "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", "(", ")", "[", "]", ",", ".",
          "-");

  private final String source;
  private int at;

  private Lexer(String source) {
    this.source = source;
  }

  /** All tokens; the last one is of the kind END. */
  static List<Token> tokens(String source) throws ExpressionException {
    Lexer lexer = new Lexer(source);
    List<Token> tokens = new ArrayList<>();
    Token token;
    do {
      token = lexer.next();
      tokens.add(token);
    } while (token.kind() != Token.Kind.END);
    return tokens;
  }

  private Token next() throws ExpressionException {
    while (at < source.length() && isSpace(source.charAt(at))) {
      at++;
    }
    int start = at;
    if (at == source.length()) {
      return new Token(Token.Kind.END, "", start, start);
    }
    char first = source.charAt(at);
    if (isWordStart(first)) {
      return word(start);
    }
    if (isDigit(first)) {
      return number(start);
    }
    if (first == '\'' || first == '"') {
      return text(start, first);
    }
    for (String sign : SIGNS) {
      if (source.startsWith(sign, at)) {
        at += sign.length();
        return new Token(Token.Kind.SIGN, sign, start, at);
      }
    }
    int end = start + Character.charCount(source.codePointAt(start));
    throw new ExpressionException(
        "'%s' means nothing in an expression".formatted(source.substring(start, end)),
        start,
        end,
        switch (first) {
          case '=' -> "compare with '=='";
          case '&' -> "write '&&'";
          case '|' -> "write '||'";
          case '$' -> "write 'env.NAME' for a variable";
          default -> null;
        });
  }

  private Token word(int start) {
    while (at < source.length() && (isWordStart(source.charAt(at)) || isDigit(source.charAt(at)))) {
      at++;
    }
    return new Token(Token.Kind.WORD, source.substring(start, at), start, at);
  }

  private Token number(int start) throws ExpressionException {
    while (at < source.length() && isDigit(source.charAt(at))) {
      at++;
    }
    if (at < source.length() && (isWordStart(source.charAt(at)) || isFraction())) {
      throw new ExpressionException(
          "numbers are whole and decimal", start, at + 1, "put a text in quotes");
    }
    return new Token(Token.Kind.NUMBER, source.substring(start, at), start, at);
  }

  private boolean isFraction() {
    return source.charAt(at) == '.' && at + 1 < source.length() && isDigit(source.charAt(at + 1));
  }

  private Token text(int start, char quote) throws ExpressionException {
    StringBuilder text = new StringBuilder();
    at++;
    while (at < source.length() && source.charAt(at) != quote) {
      char character = source.charAt(at);
      if (character == '\n' || character == '\r') {
        break;
      }
      at++;
      text.append(character == '\\' ? escape() : character);
    }
    if (at >= source.length() || source.charAt(at) != quote) {
      throw new ExpressionException(
          "a text begins here and has no end", start, at, "close it with " + quote);
    }
    at++;
    return new Token(Token.Kind.TEXT, text.toString(), start, at);
  }

  private char escape() throws ExpressionException {
    char escaped = at < source.length() ? source.charAt(at) : ' ';
    at++;
    return switch (escaped) {
      case '\\', '\'', '"' -> escaped;
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default ->
          throw new ExpressionException(
              "unknown escape in a text",
              at - 2,
              Math.min(at, source.length()),
              "write '\\\\' for a backslash");
    };
  }

  private static boolean isSpace(char character) {
    return switch (character) {
      case ' ', '\t', '\n', '\r', '\f' -> true;
      default -> false;
    };
  }

  private static boolean isWordStart(char character) {
    return (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || character == '_';
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }
}
