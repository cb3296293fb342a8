package dev.stepbox.pipeline.expand;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A text with references to variables. {@code ${NAME}} stands for the value of a variable, {@code
 * $$} for a dollar sign; every other character, a single dollar sign too, stands for itself.
 * Nothing is computed, and a value is not searched for references again.
 */
public final class Template {
  private final List<Part> parts;
  private final @Nullable Malformed malformed;

  private Template(List<Part> parts, @Nullable Malformed malformed) {
    this.parts = parts;
    this.malformed = malformed;
  }

  /** A place that starts like a reference and is none; offsets count chars from 0. */
  public record Malformed(int start, int end) {}

  /** A reference and its place; offsets count chars from 0. */
  public record Reference(String name, int start, int end) {}

  private record Part(String literal, @Nullable Reference reference) {}

  public static Template of(String text) {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.startsWith("$$", at)) {
        literal.append('$');
        at += 2;
      } else if (text.startsWith("${", at)) {
        int end = nameEnd(text, at + 2);
        if (end == at + 2 || end == text.length() || text.charAt(end) != '}') {
          return new Template(List.of(), new Malformed(at, Math.min(end + 1, text.length())));
        }
        Reference reference = new Reference(text.substring(at + 2, end), at, end + 1);
        parts.add(new Part(literal.toString(), reference));
        literal.setLength(0);
        at = end + 1;
      } else {
        literal.append(text.charAt(at));
        at++;
      }
    }
    if (!literal.isEmpty()) {
      parts.add(new Part(literal.toString(), null));
    }
    return new Template(parts, null);
  }

  private static int nameEnd(String text, int start) {
    int at = start;
    while (at < text.length() && isNamePart(text.charAt(at), at == start)) {
      at++;
    }
    return at;
  }

  private static boolean isNamePart(char character, boolean isFirst) {
    return character == '_'
        || (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || (!isFirst && character >= '0' && character <= '9');
  }

  /** The first place that cannot be read, or null. */
  public @Nullable Malformed malformed() {
    return malformed;
  }

  /** Every reference, in the order of the text. */
  public List<Reference> references() {
    List<Reference> references = new ArrayList<>();
    for (Part part : parts) {
      if (part.reference() != null) {
        references.add(part.reference());
      }
    }
    return references;
  }

  /** The names that it refers to and that {@code variables} does not have. */
  Set<String> missing(Map<String, String> variables) {
    Set<String> missing = new LinkedHashSet<>();
    for (Reference reference : references()) {
      if (!variables.containsKey(reference.name())) {
        missing.add(reference.name());
      }
    }
    return missing;
  }

  /**
   * The text with every reference replaced.
   *
   * @return null if the result would have more chars than allowed
   * @throws IllegalArgumentException if it is malformed or a variable is missing
   */
  @Nullable String resolve(Map<String, String> variables, int charsMax) {
    if (malformed != null) {
      throw new IllegalArgumentException("the text is malformed at " + malformed);
    }
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      text.append(part.literal());
      if (part.reference() != null) {
        String value = variables.get(part.reference().name());
        if (value == null) {
          throw new IllegalArgumentException(
              "no variable is called '%s'".formatted(part.reference().name()));
        }
        text.append(value);
      }
      if (text.length() > charsMax) {
        return null;
      }
    }
    return text.toString();
  }
}
