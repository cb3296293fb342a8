package dev.stepbox.engine.scm;

/**
 * One name of a path against one part of an ignore pattern, as git matches them: {@code *}, {@code
 * ?}, sets with ranges and classes, and a backslash before what is meant literally. Names and
 * patterns have one character per byte. Time is at most the product of both lengths.
 */
final class IgnoreGlob {

  private static final int END = -1;

  private final String pattern;
  private int at;

  private IgnoreGlob(String pattern) {
    this.pattern = pattern;
  }

  static boolean matches(String pattern, String name) {
    var glob = new IgnoreGlob(pattern);
    int next = 0;
    int starAt = END;
    int starNext = 0;
    while (next < name.length() || glob.at < pattern.length()) {
      if (glob.peek() == '*') {
        starAt = ++glob.at;
        starNext = next;
      } else if (next < name.length() && glob.matchesOne(name.charAt(next))) {
        next++;
      } else if (starAt != END && starNext < name.length()) {
        glob.at = starAt;
        next = ++starNext;
      } else {
        return false;
      }
    }
    return true;
  }

  /** Where the set ends that begins at a bracket; -1 when it does not end. */
  static int setEnd(String pattern, int bracket) {
    var glob = new IgnoreGlob(pattern);
    glob.at = bracket + 1;
    glob.matchesSet('\0');
    int end = glob.at - 1;
    return end > bracket && pattern.charAt(end) == ']' ? end : END;
  }

  private int peek() {
    return at < pattern.length() ? pattern.charAt(at) : END;
  }

  private int next() {
    return at < pattern.length() ? pattern.charAt(at++) : END;
  }

  /** Match one character, and step over what matched it. */
  private boolean matchesOne(char c) {
    int p = next();
    return switch (p) {
      case '?' -> true;
      case '[' -> matchesSet(c);
      case '\\' -> next() == c;
      default -> p == c;
    };
  }

  private boolean matchesSet(char c) {
    boolean isNegated = peek() == '!' || peek() == '^';
    at += isNegated ? 1 : 0;
    boolean matched = false;
    int previous = 0;
    int p = next();
    do {
      if (p == END) {
        return false;
      }
      if (p == '[' && peek() == ':' && classEnd() > 0) {
        int end = classEnd();
        String name = pattern.substring(at + 1, end - 1);
        if (!CharacterClasses.has(name)) {
          return false;
        }
        matched |= CharacterClasses.contains(name, c);
        at = end + 1;
        p = 0;
      } else if (p == '-' && previous != 0 && peek() != END && peek() != ']') {
        int to = literal(next());
        matched |= c >= previous && c <= to;
        p = 0;
      } else {
        p = literal(p);
        matched |= c == p;
      }
      previous = p;
      p = next();
    } while (p != ']');
    return matched != isNegated;
  }

  /** Where the bracket stands that ends {@code [:name:]}; -1 when this is no class. */
  private int classEnd() {
    int end = pattern.indexOf(']', at + 1);
    return end > at + 1 && pattern.charAt(end - 1) == ':' ? end : END;
  }

  /** The character itself, or the one after a backslash. */
  private int literal(int p) {
    return p == '\\' ? next() : p;
  }

  /** The classes of POSIX, for bytes: what is not ASCII is in none of them. */
  private static final class CharacterClasses {

    private CharacterClasses() {}

    static boolean has(String name) {
      return switch (name) {
        case "alnum", "alpha", "blank", "cntrl", "digit", "graph" -> true;
        case "lower", "print", "punct", "space", "upper", "xdigit" -> true;
        default -> false;
      };
    }

    static boolean contains(String name, char c) {
      boolean isLower = c >= 'a' && c <= 'z';
      boolean isUpper = c >= 'A' && c <= 'Z';
      boolean isDigit = c >= '0' && c <= '9';
      boolean isGraph = c > ' ' && c < 127;
      return switch (name) {
        case "alnum" -> isLower || isUpper || isDigit;
        case "alpha" -> isLower || isUpper;
        case "blank" -> c == ' ' || c == '\t';
        case "cntrl" -> c < ' ' || c == 127;
        case "digit" -> isDigit;
        case "graph" -> isGraph;
        case "lower" -> isLower;
        case "print" -> isGraph || c == ' ';
        case "punct" -> isGraph && !isLower && !isUpper && !isDigit;
        case "space" -> c == ' ' || (c >= '\t' && c <= '\r');
        case "upper" -> isUpper;
        case "xdigit" -> isDigit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        default -> false;
      };
    }
  }
}
