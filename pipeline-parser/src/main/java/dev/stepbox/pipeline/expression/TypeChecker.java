package dev.stepbox.pipeline.expression;

import dev.stepbox.pipeline.expression.Node.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the type of every part, so that nothing can go wrong when the value is asked for. */
final class TypeChecker {
  private final Map<String, ValueType> parameters;
  private final List<ExpressionProblem> problems = new ArrayList<>();

  private TypeChecker(Map<String, ValueType> parameters) {
    this.parameters = parameters;
  }

  /** What is wrong with an expression that must be true or false. */
  static List<ExpressionProblem> check(Node root, Map<String, ValueType> parameters) {
    TypeChecker checker = new TypeChecker(parameters);
    checker.require(root, ValueType.TRUTH, "the whole expression");
    return checker.problems;
  }

  private void require(Node node, ValueType wanted, String subject) {
    ValueType found = type(node);
    if (found != null && found != wanted) {
      report(
          node,
          "%s must be %s, not %s".formatted(subject, wanted.phrase(), found.phrase()),
          wanted == ValueType.TRUTH ? "compare it, for example with == 'true'" : null);
    }
  }

  private void report(Node node, String message, @Nullable String hint) {
    problems.add(new ExpressionProblem(message, node.start(), node.end(), hint));
  }

  /** The type, or null if a problem in it has been reported. */
  private @Nullable ValueType type(Node node) {
    return switch (node) {
      case Node.Literal literal ->
          switch (literal.value()) {
            case Value.Text _ -> ValueType.TEXT;
            case Value.Whole _ -> ValueType.NUMBER;
            case Value.Truth _ -> ValueType.TRUTH;
          };
      case Node.Name name -> typeOf(name);
      case Node.Not not -> {
        require(not.operand(), ValueType.TRUTH, "what follows '!'");
        yield ValueType.TRUTH;
      }
      case Node.Binary binary -> typeOf(binary);
      case Node.In in -> {
        ValueType wanted = type(in.item());
        for (Node item : in.list()) {
          requireSame(wanted, item, "in");
        }
        yield ValueType.TRUTH;
      }
      case Node.Conditional conditional -> {
        require(conditional.condition(), ValueType.TRUTH, "what precedes '?'");
        ValueType then = type(conditional.then());
        requireSame(then, conditional.otherwise(), "? :");
        yield then;
      }
      case Node.Call call -> {
        require(call.target(), ValueType.TEXT, "what precedes '." + call.function().word() + "'");
        require(call.argument(), ValueType.TEXT, "what " + call.function().word() + " looks for");
        yield ValueType.TRUTH;
      }
    };
  }

  private @Nullable ValueType typeOf(Node.Name name) {
    return switch (name.identifier()) {
      case Identifier.Branch _, Identifier.Variable _ -> ValueType.TEXT;
      case Identifier.Parameter parameter -> {
        ValueType type = parameters.get(parameter.name());
        if (type == null) {
          report(
              name,
              "the pipeline has no parameter '%s'".formatted(parameter.name()),
              parameters.isEmpty()
                  ? "declare it under 'parameters'"
                  : "the parameters are " + String.join(", ", parameters.keySet()));
        }
        yield type;
      }
    };
  }

  private ValueType typeOf(Node.Binary binary) {
    Operator operator = binary.operator();
    switch (operator) {
      case AND, OR -> {
        String subject = "a side of '" + operator.sign() + "'";
        require(binary.left(), ValueType.TRUTH, subject);
        require(binary.right(), ValueType.TRUTH, subject);
      }
      case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL ->
          requireSame(type(binary.left()), binary.right(), operator.sign());
    }
    return ValueType.TRUTH;
  }

  private void requireSame(@Nullable ValueType wanted, Node node, String operator) {
    ValueType found = type(node);
    if (wanted != null && found != null && found != wanted) {
      report(
          node,
          "'%s' cannot join %s and %s".formatted(operator, wanted.phrase(), found.phrase()),
          wanted == ValueType.TRUTH || found == ValueType.TRUTH
              ? "true and false are not texts: leave out the quotes, or the comparison"
              : "variables are texts: write the number in quotes");
    }
  }
}
