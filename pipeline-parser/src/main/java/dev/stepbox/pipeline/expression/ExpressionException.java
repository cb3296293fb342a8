package dev.stepbox.pipeline.expression;

import org.jspecify.annotations.Nullable;

/** Ends the reading of an expression; never leaves the package. */
final class ExpressionException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient ExpressionProblem problem;

  ExpressionException(String message, int start, int end, @Nullable String hint) {
    super(message, null, false, false);
    problem = new ExpressionProblem(message, start, end, hint);
  }

  ExpressionProblem problem() {
    return problem;
  }
}
