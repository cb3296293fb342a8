package dev.stepbox.pipeline.expression;

import org.jspecify.annotations.Nullable;

/**
 * Something wrong with an expression.
 *
 * @param start the first char of the place in the source, counted from 0
 * @param end the char after it; may be the same as {@code start} at the end of the source
 */
public record ExpressionProblem(String message, int start, int end, @Nullable String hint) {}
