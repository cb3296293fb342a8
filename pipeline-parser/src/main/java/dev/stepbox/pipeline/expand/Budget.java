package dev.stepbox.pipeline.expand;

import dev.stepbox.pipeline.schema.Limits;

/** Keeps a small file from becoming a huge build. */
final class Budget {
  private static final int CHARS_PER_UNIT = 64;

  private int left = Limits.EXPANDED_SIZE_MAX;

  /** More than the whole was asked for; caught by the expander. */
  static final class Spent extends RuntimeException {
    private static final long serialVersionUID = 1;

    Spent() {
      super("the expanded pipeline is too large", null, false, false);
    }
  }

  void spend(int units) {
    left -= units;
    if (left < 0) {
      throw new Spent();
    }
  }

  /** For a text that did not exist before. */
  void spendText(String text) {
    spend(1 + text.length() / CHARS_PER_UNIT);
  }
}
