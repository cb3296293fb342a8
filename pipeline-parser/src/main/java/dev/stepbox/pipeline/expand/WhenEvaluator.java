package dev.stepbox.pipeline.expand;

import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.expression.Expression;
import dev.stepbox.pipeline.expression.Identifier;
import dev.stepbox.pipeline.expression.ValueType;
import dev.stepbox.pipeline.model.Parameter;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.When;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides conditions, and says what it saw. */
final class WhenEvaluator {
  private static final Decision RUN = new Decision.Run();

  private final String branch;
  private final Map<String, String> parameters;
  private final Map<String, ValueType> types = new HashMap<>();
  private final Map<String, Expression> expressions = new HashMap<>();

  WhenEvaluator(Pipeline pipeline, @Nullable String branch, Map<String, String> parameters) {
    this.branch = branch == null ? "" : branch;
    this.parameters = parameters;
    for (Parameter parameter : pipeline.parameters()) {
      types.put(
          parameter.name(),
          switch (parameter) {
            case Parameter.Text _, Parameter.Choice _ -> ValueType.TEXT;
            case Parameter.Flag _ -> ValueType.TRUTH;
          });
    }
  }

  /** What came of one condition. */
  private record Outcome(boolean holds, String predicate, String seen) {}

  Decision decide(@Nullable When when, Map<String, String> environment) {
    if (when == null) {
      return RUN;
    }
    Outcome outcome = evaluate(when, environment);
    return outcome.holds() ? RUN : new Decision.Skip(outcome.predicate(), outcome.seen());
  }

  private Outcome evaluate(When when, Map<String, String> environment) {
    return switch (when) {
      case When.Branch test ->
          new Outcome(
              new AntGlob(test.pattern()).matches(branch),
              "branch matches " + quote(test.pattern()),
              seenBranch());
      case When.Environment test -> environment(test, environment);
      case When.Expression test -> expression(test, environment);
      case When.Not not -> {
        Outcome inner = evaluate(not.condition(), environment);
        yield new Outcome(!inner.holds(), "not (" + inner.predicate() + ")", inner.seen());
      }
      case When.AllOf all -> allOf(all, environment);
      case When.AnyOf any -> anyOf(any, environment);
    };
  }

  private String seenBranch() {
    return branch.isEmpty() ? "there is no branch" : "branch is " + quote(branch);
  }

  private static Outcome environment(When.Environment test, Map<String, String> environment) {
    String value = environment.get(test.name());
    String actual = value == null ? "" : value;
    boolean holds =
        switch (test.caseRule()) {
          case EXACT -> actual.equals(test.value());
          case IGNORE_CASE -> actual.equalsIgnoreCase(test.value());
        };
    return new Outcome(
        holds,
        "%s is %s".formatted(test.name(), quote(test.value())),
        value == null
            ? test.name() + " is not set"
            : "%s is %s".formatted(test.name(), quote(actual)));
  }

  private Outcome expression(When.Expression test, Map<String, String> environment) {
    Expression expression = expressions.get(test.source());
    if (expression == null) {
      expression = read(test.source());
      expressions.put(test.source(), expression);
    }
    boolean holds =
        expression.holds(
            new Expression.Source() {
              @Override
              public String text(Identifier identifier) {
                String value = value(identifier, environment);
                return value == null ? "" : value;
              }

              @Override
              public ValueType parameterType(String name) {
                return types.getOrDefault(name, ValueType.TEXT);
              }
            });
    List<String> seen = new ArrayList<>();
    for (Identifier identifier : expression.identifiers()) {
      String value = value(identifier, environment);
      seen.add(
          value == null
              ? identifier + " is not set"
              : "%s is %s".formatted(identifier, quote(value)));
    }
    return new Outcome(
        holds,
        "expression " + quote(test.source().strip()),
        seen.isEmpty() ? "it is false" : String.join(", ", seen));
  }

  private Expression read(String source) {
    return switch (Expression.read(source, types)) {
      case Expression.Result.Valid valid -> valid.expression();
      case Expression.Result.Invalid invalid ->
          throw new IllegalArgumentException(
              "the expression '%s' is invalid: %s; parse the pipeline first"
                  .formatted(source, invalid.problems().getFirst().message()));
    };
  }

  private @Nullable String value(Identifier identifier, Map<String, String> environment) {
    return switch (identifier) {
      case Identifier.Branch _ -> branch;
      case Identifier.Variable variable -> environment.get(variable.name());
      case Identifier.Parameter parameter -> parameters.get(parameter.name());
    };
  }

  /** The first condition that does not hold speaks for the group. */
  private Outcome allOf(When.AllOf all, Map<String, String> environment) {
    List<Outcome> outcomes = new ArrayList<>();
    for (When condition : all.conditions()) {
      Outcome outcome = evaluate(condition, environment);
      if (!outcome.holds()) {
        return outcome;
      }
      outcomes.add(outcome);
    }
    return new Outcome(true, "all of (" + predicates(outcomes) + ")", seen(outcomes));
  }

  private Outcome anyOf(When.AnyOf any, Map<String, String> environment) {
    List<Outcome> outcomes = new ArrayList<>();
    boolean holds = false;
    for (When condition : any.conditions()) {
      Outcome outcome = evaluate(condition, environment);
      holds |= outcome.holds();
      outcomes.add(outcome);
    }
    return new Outcome(holds, "any of (" + predicates(outcomes) + ")", seen(outcomes));
  }

  private static String predicates(List<Outcome> outcomes) {
    List<String> predicates = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      predicates.add(outcome.predicate());
    }
    return String.join("; ", predicates);
  }

  private static String seen(List<Outcome> outcomes) {
    Set<String> seen = new LinkedHashSet<>();
    for (Outcome outcome : outcomes) {
      seen.add(outcome.seen());
    }
    return String.join(", ", seen);
  }
}
