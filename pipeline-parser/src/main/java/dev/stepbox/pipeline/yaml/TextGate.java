package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.BAD_CHARACTER;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.FILE_TOO_LARGE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LINE_TOO_LONG;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.diagnostic.SourceText;
import dev.stepbox.pipeline.schema.Limits;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Lets only such bytes through to the YAML scanner as it can read in bounded time. */
final class TextGate {
  private static final char BYTE_ORDER_MARK = '\ufeff';

  private final SourceName name;
  private final Findings problems;

  TextGate(SourceName name, Findings problems) {
    this.name = name;
    this.problems = problems;
  }

  /** The text without a byte order mark, or null if there is a problem. */
  @Nullable String open(SourceText source) {
    if (source.size() > Limits.FILE_BYTES_MAX) {
      problems.add(
          FILE_TOO_LARGE,
          SourceRange.at(name, 1, 1),
          "the file has %d bytes, at most %d are allowed"
              .formatted(source.size(), Limits.FILE_BYTES_MAX),
          "this file",
          "move long scripts into files of the repository and call them");
      return null;
    }
    byte[] bytes = source.bytes();
    boolean isReadable = checkLines(bytes);
    String text = decode(bytes);
    if (text == null || !checkCharacters(text) || !isReadable) {
      return null;
    }
    return text;
  }

  private boolean checkLines(byte[] bytes) {
    int line = 1;
    int start = 0;
    boolean isFine = true;
    for (int at = 0; at <= bytes.length; at++) {
      if (at == bytes.length || bytes[at] == '\n' || bytes[at] == '\r') {
        if (at - start > Limits.LINE_BYTES_MAX) {
          isFine = false;
          problems.add(
              LINE_TOO_LONG,
              SourceRange.at(name, line, 1),
              "line %d has %d bytes, at most %d are allowed"
                  .formatted(line, at - start, Limits.LINE_BYTES_MAX),
              "this line",
              "break the text with a block scalar ('|')");
        }
        if (at < bytes.length && !(bytes[at] == '\r' && isNewline(bytes, at + 1))) {
          line++;
        }
        start = at + 1;
      }
    }
    return isFine;
  }

  private static boolean isNewline(byte[] bytes, int at) {
    return at < bytes.length && bytes[at] == '\n';
  }

  private @Nullable String decode(byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer chars = CharBuffer.allocate(bytes.length);
    ByteBuffer input = ByteBuffer.wrap(bytes);
    CoderResult result = decoder.decode(input, chars, true);
    String text = chars.flip().toString();
    if (!text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK) {
      text = text.substring(1);
    }
    if (result.isError()) {
      problems.add(
          BAD_CHARACTER,
          end(text),
          "byte 0x%02x is not UTF-8".formatted(bytes[input.position()]),
          "not a character",
          "save the file in UTF-8");
      return null;
    }
    return text;
  }

  private SourceRange end(String text) {
    Position position = new Position();
    for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
      position.pass(text, at);
    }
    return position.range(name);
  }

  private boolean checkCharacters(String text) {
    Position position = new Position();
    boolean isFine = true;
    for (int at = 0; at < text.length(); ) {
      int character = text.codePointAt(at);
      if (!isPrintable(character)) {
        isFine = false;
        problems.add(
            BAD_CHARACTER,
            position.range(name),
            "the character U+%04X may not stand in a YAML file".formatted(character),
            "this character",
            "remove it, or write it as \"\\u%04x\" inside double quotes".formatted(character));
      }
      position.pass(text, at);
      at += Character.charCount(character);
    }
    return isFine;
  }

  /** The set that the scanner of SnakeYAML accepts. */
  private static boolean isPrintable(int character) {
    return (character >= 0x20 && character <= 0x7e)
        || character == '\t'
        || character == '\n'
        || character == '\r'
        || character == 0x85
        || (character >= 0xa0 && character <= 0xd7ff)
        || (character >= 0xe000 && character <= 0xfffd)
        || character >= 0x10000;
  }

  /** Counts lines and columns as the scanner does. */
  private static final class Position {
    private int line = 1;
    private int column = 1;

    void pass(String text, int at) {
      char character = text.charAt(at);
      switch (character) {
        case '\n', '\u0085', '\u2028', '\u2029' -> newLine();
        case '\r' -> {
          if (!text.startsWith("\n", at + 1)) {
            newLine();
          }
        }
        default -> column++;
      }
    }

    private void newLine() {
      line++;
      column = 1;
    }

    SourceRange range(SourceName name) {
      return SourceRange.at(name, line, column);
    }
  }
}
