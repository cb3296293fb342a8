package dev.stepbox.pipeline.model;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import java.util.List;

/** A condition that decides, before a build starts, whether a stage runs. */
public sealed interface When {
  SourceRange range();

  /** The branch matches an Ant-style glob, upper and lower case alike. */
  record Branch(String pattern, SourceRange range) implements When {}

  /** A variable has exactly this value; an unset variable counts as empty. */
  record Environment(String name, String value, CaseRule caseRule, SourceRange range)
      implements When {}

  /** An expression is true. */
  record Expression(String source, SourceRange range) implements When {}

  /** The inner condition does not hold. */
  record Not(When condition, SourceRange range) implements When {}

  /** Every condition holds. */
  record AllOf(List<When> conditions, SourceRange range) implements When {
    public AllOf {
      conditions = List.copyOf(conditions);
      requireSome(conditions);
    }
  }

  /** At least one condition holds. */
  record AnyOf(List<When> conditions, SourceRange range) implements When {
    public AnyOf {
      conditions = List.copyOf(conditions);
      requireSome(conditions);
    }
  }

  /** How texts are compared. */
  enum CaseRule {
    /** Upper and lower case differ. */
    EXACT,
    /** Upper and lower case are alike. */
    IGNORE_CASE
  }

  private static void requireSome(List<When> conditions) {
    if (conditions.isEmpty()) {
      throw new IllegalArgumentException("a group of conditions needs at least one");
    }
  }
}
