package dev.stepbox.cli.command;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the word that a user probably meant. */
final class Suggestions {

  private static final int LENGTH_MAX = 40;

  private Suggestions() {}

  /** The nearest candidate, if it is near enough to be worth naming; ties go to the first. */
  static Optional<String> nearest(String word, Collection<String> candidates) {
    if (word.length() > LENGTH_MAX) {
      return Optional.empty();
    }
    int allowed = Math.max(1, word.length() / 3);
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= allowed)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
  }

  /** Edits to make one word of the other; swapped neighbours are one edit. */
  static int distance(String from, String to) {
    int[][] edits = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      edits[i][0] = i;
    }
    for (int j = 0; j <= to.length(); j++) {
      edits[0][j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      for (int j = 1; j <= to.length(); j++) {
        int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
        int least = Math.min(edits[i - 1][j] + 1, edits[i][j - 1] + 1);
        least = Math.min(least, edits[i - 1][j - 1] + change);
        boolean swapped =
            i > 1
                && j > 1
                && from.charAt(i - 1) == to.charAt(j - 2)
                && from.charAt(i - 2) == to.charAt(j - 1);
        edits[i][j] = swapped ? Math.min(least, edits[i - 2][j - 2] + 1) : least;
      }
    }
    return edits[from.length()][to.length()];
  }
}
