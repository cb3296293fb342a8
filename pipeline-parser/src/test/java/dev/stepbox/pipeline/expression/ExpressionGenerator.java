package dev.stepbox.pipeline.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes expressions that follow the grammar and the types. */
final class ExpressionGenerator {
  private static final List<String> TEXTS =
      List.of(
          "branch",
          "env.A",
          "env.B",
          "env.LONG",
          "env.NOTHING",
          "env.as",
          "params.TEXT",
          "''",
          "'alpha'",
          "\"release/\"",
          "'it\\'s'",
          "\"a\\\\b\"",
          "'\\n\\t'",
          "'fast'",
          "'a'");
  private static final List<String> NUMBERS =
      List.of("0", "1", "-1", "42", "9223372036854775807", "-9223372036854775808");
  private static final List<String> COMPARISONS = List.of("==", "!=", "<", "<=", ">", ">=");
  private static final List<String> FUNCTIONS = List.of("startsWith", "endsWith", "contains");

  private final RandomGenerator random;

  ExpressionGenerator(RandomGenerator random) {
    this.random = random;
  }

  private String oneOf(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  String truth(int depth) {
    if (depth == 0) {
      return oneOf(List.of("true", "false", "params.FLAG", "(env.A == 'alpha')", "(1 < 2)"));
    }
    return switch (random.nextInt(10)) {
      case 0 -> truth(depth - 1) + " && " + truth(depth - 1);
      case 1 -> truth(depth - 1) + "||" + truth(depth - 1);
      case 2 -> "!(" + truth(depth - 1) + ")";
      case 3 -> "(" + truth(depth - 1) + " ? " + truth(depth - 1) + " : " + truth(depth - 1) + ")";
      case 4 -> text(depth - 1) + " in " + list(depth - 1);
      case 5 -> text(depth - 1) + "." + oneOf(FUNCTIONS) + "(" + text(depth - 1) + ")";
      case 6 -> oneOf(NUMBERS) + " " + oneOf(COMPARISONS) + " " + oneOf(NUMBERS);
      case 7 -> "(" + truth(depth - 1) + ") == (" + truth(depth - 1) + ")";
      case 8 -> text(depth - 1) + oneOf(COMPARISONS) + text(depth - 1) + " == (" + truth(0) + ")";
      default -> text(depth - 1) + " " + oneOf(COMPARISONS) + " " + text(depth - 1);
    };
  }

  private String text(int depth) {
    if (depth > 0 && random.nextInt(5) == 0) {
      return "(" + truth(depth - 1) + " ? " + text(depth - 1) + " : " + text(depth - 1) + ")";
    }
    return oneOf(TEXTS);
  }

  private String list(int depth) {
    List<String> items = new ArrayList<>();
    for (int count = random.nextInt(4); count > 0; count--) {
      items.add(text(depth));
    }
    return "[" + String.join(", ", items) + "]";
  }
}
