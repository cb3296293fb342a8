package dev.stepbox.engine.scm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of an ignore file.
 *
 * @param prefix what of the pattern is literal, up to its first special character; git compares it
 *     first and matches the rest as if it stood alone, which a rule like {@code a**} before a slash
 *     can tell
 * @param parts of the rest between its slashes; {@code **} stands for any number of names
 * @param isNegated whether it takes back what an earlier rule ignores
 * @param isDirectoryOnly whether it means directories only
 * @param isAnchored whether it starts at the directory of its file, and not anywhere below
 */
record IgnoreRule(
    String prefix,
    List<String> parts,
    boolean isNegated,
    boolean isDirectoryOnly,
    boolean isAnchored) {

  private static final String ANY = "**";

  IgnoreRule {
    parts = List.copyOf(parts);
  }

  /** The rule of a line without its end; null for a comment or an empty line. */
  static @Nullable IgnoreRule parse(String line) {
    String pattern = withoutTrailingSpaces(line);
    if (pattern.isEmpty() || pattern.startsWith("#")) {
      return null;
    }
    boolean isNegated = pattern.startsWith("!");
    pattern = isNegated ? pattern.substring(1) : pattern;
    boolean isDirectoryOnly = pattern.endsWith("/");
    pattern = isDirectoryOnly ? pattern.substring(0, pattern.length() - 1) : pattern;
    boolean isAnchored = pattern.indexOf('/') >= 0;
    pattern = pattern.startsWith("/") ? pattern.substring(1) : pattern;
    if (pattern.isEmpty()) {
      return null;
    }
    int literal = literalLength(pattern);
    return new IgnoreRule(
        pattern.substring(0, literal),
        split(pattern.substring(literal), isAnchored),
        isNegated,
        isDirectoryOnly,
        isAnchored);
  }

  private static int literalLength(String pattern) {
    int length = 0;
    while (length < pattern.length() && "*?[\\".indexOf(pattern.charAt(length)) < 0) {
      length++;
    }
    return length;
  }

  private static String withoutTrailingSpaces(String line) {
    int end = line.length();
    while (end > 0 && line.charAt(end - 1) == ' ' && !isEscaped(line, end - 1)) {
      end--;
    }
    return line.substring(0, end);
  }

  private static boolean isEscaped(String line, int at) {
    int backslashes = 0;
    while (at - 1 - backslashes >= 0 && line.charAt(at - 1 - backslashes) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  private static List<String> split(String pattern, boolean isAnchored) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < pattern.length(); at++) {
      boolean isEscaped = pattern.startsWith("\\/", at);
      if (pattern.charAt(at) == '/' || isEscaped) {
        parts.add(part(pattern.substring(start, at), isAnchored));
        at += isEscaped ? 1 : 0;
        start = at + 1;
      } else if (pattern.charAt(at) == '\\') {
        at++;
      } else if (pattern.charAt(at) == '[') {
        // A slash within a set divides nothing; a set without an end swallows the rest.
        int end = IgnoreGlob.setEnd(pattern, at);
        at = end < 0 ? pattern.length() - 1 : end;
      }
    }
    parts.add(part(pattern.substring(start), isAnchored));
    return parts;
  }

  private static String part(String part, boolean isAnchored) {
    boolean isAny = isAnchored && part.length() >= 2 && part.chars().allMatch(c -> c == '*');
    return isAny ? ANY : part;
  }

  /**
   * Whether the rule speaks of a path.
   *
   * @param path its names
   * @param from index of the first name below the directory of the rule's file
   */
  boolean matches(List<String> path, int from, boolean isDirectory) {
    if (isDirectoryOnly && !isDirectory) {
      return false;
    }
    String text = isAnchored ? String.join("/", path.subList(from, path.size())) : path.getLast();
    return text.startsWith(prefix)
        && matchesParts(List.of(text.substring(prefix.length()).split("/", -1)));
  }

  /** For each place in the path, whether the parts so far can end there: no way is tried twice. */
  private boolean matchesParts(List<String> names) {
    int length = names.size();
    boolean[] ends = new boolean[length + 1];
    ends[0] = true;
    for (int part = 0; part < parts.size(); part++) {
      boolean[] next = new boolean[length + 1];
      if (parts.get(part).equals(ANY)) {
        boolean isLast = part == parts.size() - 1;
        boolean hasBegun = false;
        for (int at = 0; at <= length; at++) {
          next[at] = isLast ? hasBegun : hasBegun || ends[at];
          hasBegun |= ends[at];
        }
      } else {
        for (int at = 0; at < length; at++) {
          next[at + 1] = ends[at] && IgnoreGlob.matches(parts.get(part), names.get(at));
        }
      }
      ends = next;
    }
    return ends[length];
  }
}
