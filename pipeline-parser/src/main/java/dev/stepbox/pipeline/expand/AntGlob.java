package dev.stepbox.pipeline.expand;

import java.util.ArrayList;
import java.util.List;

/**
 * Ant's patterns: {@code ?} is one character and {@code *} any number of them within a part between
 * slashes, {@code **} as a whole part is any number of parts; a pattern that ends with a slash goes
 * on with {@code **}. Upper and lower case are alike. Takes time proportional to the product of the
 * lengths.
 */
final class AntGlob {
  private final List<String> parts;

  AntGlob(String pattern) {
    parts = split(pattern.endsWith("/") ? pattern + "**" : pattern);
  }

  boolean matches(String text) {
    List<String> texts = split(text);
    boolean[] reachable = new boolean[texts.size() + 1];
    reachable[0] = true;
    for (String part : parts) {
      reachable = part.equals("**") ? spread(reachable) : step(part, texts, reachable);
    }
    return reachable[texts.size()];
  }

  private static boolean[] spread(boolean[] reachable) {
    boolean[] next = reachable.clone();
    for (int at = 1; at < next.length; at++) {
      next[at] |= next[at - 1];
    }
    return next;
  }

  private static boolean[] step(String part, List<String> texts, boolean[] reachable) {
    boolean[] next = new boolean[reachable.length];
    for (int at = 0; at < texts.size(); at++) {
      next[at + 1] = reachable[at] && matchesPart(part, texts.get(at));
    }
    return next;
  }

  /** The usual way back to the last star: at most the product of both lengths. */
  private static boolean matchesPart(String pattern, String text) {
    int in = 0;
    int at = 0;
    int star = -1;
    int mark = 0;
    while (at < text.length()) {
      if (in < pattern.length() && pattern.charAt(in) == '*') {
        star = in;
        mark = at;
        in++;
      } else if (in < pattern.length() && isAlike(pattern.charAt(in), text.charAt(at))) {
        in++;
        at++;
      } else if (star >= 0) {
        in = star + 1;
        mark++;
        at = mark;
      } else {
        return false;
      }
    }
    while (in < pattern.length() && pattern.charAt(in) == '*') {
      in++;
    }
    return in == pattern.length();
  }

  private static boolean isAlike(char pattern, char text) {
    return pattern == '?'
        || pattern == text
        || Character.toLowerCase(Character.toUpperCase(pattern))
            == Character.toLowerCase(Character.toUpperCase(text));
  }

  /** As Ant does, empty parts do not count. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    for (int at = 0; at <= text.length(); at++) {
      if (at == text.length() || text.charAt(at) == '/') {
        if (at > start) {
          parts.add(text.substring(start, at));
        }
        start = at + 1;
      }
    }
    return parts;
  }
}
