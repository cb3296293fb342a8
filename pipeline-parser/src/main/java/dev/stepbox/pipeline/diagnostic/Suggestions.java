package dev.stepbox.pipeline.diagnostic;

import org.jspecify.annotations.Nullable;

/** Finds the word that somebody probably meant. */
public final class Suggestions {
  private static final int WORD_CHARS_MAX = 40;
  private static final int CANDIDATES_MAX = 500;

  /** The nearest candidate, or null if none is near enough; the first of equally near ones. */
  public static @Nullable String nearest(String word, Iterable<String> candidates) {
    if (word.length() > WORD_CHARS_MAX) {
      return null;
    }
    String nearest = null;
    int best = Integer.MAX_VALUE;
    int count = 0;
    for (String candidate : candidates) {
      count++;
      if (count > CANDIDATES_MAX) {
        break;
      }
      int tolerance = tolerance(word, candidate);
      if (Math.abs(word.length() - candidate.length()) > tolerance) {
        continue;
      }
      int distance = distance(word, candidate);
      // Of equally near words, one of the same length was more probably meant.
      int rank = 2 * distance + (word.length() == candidate.length() ? 0 : 1);
      if (rank < best && distance <= tolerance) {
        best = rank;
        nearest = candidate;
      }
    }
    return nearest;
  }

  private static int tolerance(String word, String candidate) {
    int length = Math.max(word.length(), candidate.length());
    return length <= 2 ? 0 : Math.max(1, length / 3);
  }

  /** Insertions, deletions, changes and swaps of neighbours; upper and lower case are alike. */
  private static int distance(String first, String second) {
    int columns = second.length() + 1;
    int[] beforeLast = new int[columns];
    int[] last = new int[columns];
    int[] row = new int[columns];
    for (int column = 0; column < columns; column++) {
      last[column] = column;
    }
    for (int at = 1; at <= first.length(); at++) {
      row[0] = at;
      for (int column = 1; column < columns; column++) {
        int change = isAlike(first.charAt(at - 1), second.charAt(column - 1)) ? 0 : 1;
        int cost = Math.min(Math.min(row[column - 1], last[column]) + 1, last[column - 1] + change);
        boolean isSwap =
            at > 1
                && column > 1
                && isAlike(first.charAt(at - 1), second.charAt(column - 2))
                && isAlike(first.charAt(at - 2), second.charAt(column - 1));
        row[column] = isSwap ? Math.min(cost, beforeLast[column - 2] + 1) : cost;
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = row;
      row = spare;
    }
    return last[columns - 1];
  }

  private static boolean isAlike(char one, char other) {
    return Character.toLowerCase(one) == Character.toLowerCase(other);
  }

  private Suggestions() {}
}
