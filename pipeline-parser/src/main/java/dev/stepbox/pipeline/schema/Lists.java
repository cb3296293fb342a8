package dev.stepbox.pipeline.schema;

import java.util.List;

/** Lists of texts. */
final class Lists {
  static Shape of(TextRule rule, int max, String noun) {
    return new Shape.ListOf(new Shape.Text(rule), 1, max, Shape.Repetition.ALLOWED, noun);
  }

  /** A single text or a list of them. */
  static Shape oneOrMore(TextRule rule, int max, String noun) {
    return new Shape.Either(List.of(new Shape.Text(rule), of(rule, max, noun)));
  }

  private Lists() {}
}
