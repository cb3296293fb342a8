package dev.stepbox.cli.terminal;

import java.util.Arrays;

/**
 * How many columns a text takes on a terminal: wide characters take two, combining ones none, and
 * colour sequences none. Texts hold no control characters but the escape of a colour sequence.
 *
 * <p>The table holds the wide and full-width ranges of Unicode's East Asian Width property, with
 * the unassigned gaps inside wide blocks closed, because what is assigned there later is wide too.
 */
public final class DisplayWidth {

  /** Pairs of first and last code point, ascending. */
  private static final int[] WIDE = {
    0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x23F0, 0x23F0,
    0x23F3, 0x23F3, 0x25FD, 0x25FE, 0x2614, 0x2615, 0x2648, 0x2653, 0x267F, 0x267F,
    0x2693, 0x2693, 0x26A1, 0x26A1, 0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5,
    0x26CE, 0x26CE, 0x26D4, 0x26D4, 0x26EA, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26F5,
    0x26FA, 0x26FA, 0x26FD, 0x26FD, 0x2705, 0x2705, 0x270A, 0x270B, 0x2728, 0x2728,
    0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797,
    0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50, 0x2B55, 0x2B55,
    0x2E80, 0x303E, 0x3041, 0x3247, 0x3250, 0x4DBF, 0x4E00, 0xA4C6, 0xA960, 0xA97C,
    0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE10, 0xFE19, 0xFE30, 0xFE6B, 0xFF01, 0xFF60,
    0xFFE0, 0xFFE6, 0x16FE0, 0x18D08, 0x1AFF0, 0x1B2FB, 0x1F004, 0x1F004, 0x1F0CF, 0x1F0CF,
    0x1F18E, 0x1F18E, 0x1F191, 0x1F19A, 0x1F200, 0x1F320, 0x1F32D, 0x1F335, 0x1F337, 0x1F37C,
    0x1F37E, 0x1F393, 0x1F3A0, 0x1F3CA, 0x1F3CF, 0x1F3D3, 0x1F3E0, 0x1F3F0, 0x1F3F4, 0x1F3F4,
    0x1F3F8, 0x1F43E, 0x1F440, 0x1F440, 0x1F442, 0x1F4FC, 0x1F4FF, 0x1F53D, 0x1F54B, 0x1F54E,
    0x1F550, 0x1F567, 0x1F57A, 0x1F57A, 0x1F595, 0x1F596, 0x1F5A4, 0x1F5A4, 0x1F5FB, 0x1F64F,
    0x1F680, 0x1F6C5, 0x1F6CC, 0x1F6CC, 0x1F6D0, 0x1F6D2, 0x1F6D5, 0x1F6D7, 0x1F6DC, 0x1F6DF,
    0x1F6EB, 0x1F6EC, 0x1F6F4, 0x1F6FC, 0x1F7E0, 0x1F7EB, 0x1F7F0, 0x1F7F0, 0x1F90C, 0x1F93A,
    0x1F93C, 0x1F945, 0x1F947, 0x1F9FF, 0x1FA70, 0x1FAFF, 0x20000, 0x3FFFD,
  };

  private static final int ZERO_WIDTH_JOINER = 0x200D;
  private static final int EMOJI_PRESENTATION = 0xFE0F;
  private static final char ESCAPE = '\u001b';

  private DisplayWidth() {}

  /** Columns that the text takes. */
  public static int of(String text) {
    int columns = 0;
    int previous = 0;
    boolean joined = false;
    int at = 0;
    while (at < text.length()) {
      if (text.charAt(at) == ESCAPE) {
        at = afterSequence(text, at);
        continue;
      }
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      if (point == EMOJI_PRESENTATION) {
        columns += previous == 1 ? 1 : 0;
        previous = 2;
      } else if (point == ZERO_WIDTH_JOINER) {
        joined = columns > 0;
      } else {
        int width = joined ? 0 : ofCodePoint(point);
        joined = false;
        columns += width;
        previous = width == 0 ? previous : width;
      }
    }
    return columns;
  }

  /**
   * The longest beginning that fits, with a mark at its end where something was cut off. Colour
   * sequences are all kept, so that what the text switches on it also switches off.
   *
   * @param columns at least 1
   */
  public static String fit(String text, int columns) {
    if ((text.length() <= columns && isAscii(text)) || of(text) <= columns) {
      return text;
    }
    StringBuilder fitted = new StringBuilder(text.length());
    int used = 0;
    boolean full = false;
    int at = 0;
    while (at < text.length()) {
      if (text.charAt(at) == ESCAPE) {
        int end = afterSequence(text, at);
        fitted.append(text, at, end);
        at = end;
        continue;
      }
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      int width = ofCodePoint(point);
      if (!full && used + width > columns - 1) {
        full = true;
        fitted.append('…');
      }
      if (!full) {
        fitted.appendCodePoint(point);
        used += width;
      }
    }
    return fitted.toString();
  }

  /** The text, followed by blanks up to the given number of columns. */
  public static String pad(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - of(text)));
  }

  static int ofCodePoint(int point) {
    if (point < 0x300) {
      return isControl(point) || point == 0xAD ? 0 : 1;
    }
    if (isWide(point)) {
      return 2;
    }
    return switch (Character.getType(point)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> 0;
      default -> point >= 0x1160 && point <= 0x11FF ? 0 : 1;
    };
  }

  private static boolean isWide(int point) {
    int found = Arrays.binarySearch(WIDE, point);
    if (found >= 0) {
      return true;
    }
    // Between a first (even index) and its last (odd index) the insertion point is odd.
    return (-found - 1) % 2 == 1;
  }

  private static boolean isControl(int point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < 0x20 || text.charAt(i) > 0x7E) {
        return false;
      }
    }
    return true;
  }

  private static int afterSequence(String text, int escape) {
    int at = escape + 1;
    if (at < text.length() && text.charAt(at) == '[') {
      at++;
      while (at < text.length() && (text.charAt(at) < 0x40 || text.charAt(at) > 0x7E)) {
        at++;
      }
    }
    return Math.min(text.length(), at + 1);
  }
}
