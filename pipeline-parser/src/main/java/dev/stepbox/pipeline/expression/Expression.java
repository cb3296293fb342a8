package dev.stepbox.pipeline.expression;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checked expression that is true or false. Immutable. Evaluation cannot fail, has no side
 * effects and takes time proportional to the length of the source and of the values.
 */
public final class Expression {
  /** How many parts of an expression may be nested. */
  public static final int DEPTH_MAX = 32;

  private final Node root;

  private Expression(Node root) {
    this.root = root;
  }

  /** What came of reading an expression. */
  public sealed interface Result {
    record Valid(Expression expression) implements Result {}

    /** At least one problem. */
    record Invalid(List<ExpressionProblem> problems) implements Result {
      public Invalid {
        problems = List.copyOf(problems);
      }
    }
  }

  /** Reads and checks an expression against the parameters that exist and their types. */
  public static Result read(String source, Map<String, ValueType> parameters) {
    Node root;
    try {
      root = ExpressionReader.read(source, DEPTH_MAX);
    } catch (ExpressionException failure) {
      return new Result.Invalid(List.of(failure.problem()));
    }
    List<ExpressionProblem> problems = TypeChecker.check(root, parameters);
    return problems.isEmpty()
        ? new Result.Valid(new Expression(root))
        : new Result.Invalid(problems);
  }

  /** Where an expression finds its values. */
  public interface Source {
    /** The text of a branch, variable or parameter; empty if there is none. */
    String text(Identifier identifier);

    /** The type of a parameter, the same as when the expression was read. */
    ValueType parameterType(String name);
  }

  public boolean holds(Source source) {
    return isTrue(evaluate(root, source));
  }

  /** What the expression asks for, in the order in which it is first mentioned. */
  public List<Identifier> identifiers() {
    Set<Identifier> found = new LinkedHashSet<>();
    collect(root, found);
    return new ArrayList<>(found);
  }

  private static boolean isTrue(Value value) {
    return value instanceof Value.Truth(boolean holds) && holds;
  }

  private static Value evaluate(Node node, Source source) {
    return switch (node) {
      case Node.Literal literal -> literal.value();
      case Node.Name name -> valueOf(name.identifier(), source);
      case Node.Not not -> new Value.Truth(!isTrue(evaluate(not.operand(), source)));
      case Node.Binary binary -> new Value.Truth(compare(binary, source));
      case Node.In in -> {
        Value item = evaluate(in.item(), source);
        boolean isIn = false;
        for (Node candidate : in.list()) {
          isIn |= evaluate(candidate, source).equals(item);
        }
        yield new Value.Truth(isIn);
      }
      case Node.Conditional conditional ->
          evaluate(
              isTrue(evaluate(conditional.condition(), source))
                  ? conditional.then()
                  : conditional.otherwise(),
              source);
      case Node.Call call ->
          new Value.Truth(
              call(
                  call.function(),
                  textOf(evaluate(call.target(), source)),
                  textOf(evaluate(call.argument(), source))));
    };
  }

  private static Value valueOf(Identifier identifier, Source source) {
    String text = source.text(identifier);
    return switch (identifier) {
      case Identifier.Branch _, Identifier.Variable _ -> new Value.Text(text);
      case Identifier.Parameter parameter ->
          switch (source.parameterType(parameter.name())) {
            case TEXT -> new Value.Text(text);
            case TRUTH -> new Value.Truth(text.equals("true"));
            case NUMBER -> new Value.Whole(Long.parseLong(text));
          };
    };
  }

  private static boolean compare(Node.Binary binary, Source source) {
    Value left = evaluate(binary.left(), source);
    return switch (binary.operator()) {
      case OR -> isTrue(left) || isTrue(evaluate(binary.right(), source));
      case AND -> isTrue(left) && isTrue(evaluate(binary.right(), source));
      case EQUAL -> left.equals(evaluate(binary.right(), source));
      case NOT_EQUAL -> !left.equals(evaluate(binary.right(), source));
      case LESS -> left.compareTo(evaluate(binary.right(), source)) < 0;
      case LESS_OR_EQUAL -> left.compareTo(evaluate(binary.right(), source)) <= 0;
      case GREATER -> left.compareTo(evaluate(binary.right(), source)) > 0;
      case GREATER_OR_EQUAL -> left.compareTo(evaluate(binary.right(), source)) >= 0;
    };
  }

  private static boolean call(Node.Function function, String target, String argument) {
    return switch (function) {
      case STARTS_WITH -> target.startsWith(argument);
      case ENDS_WITH -> target.endsWith(argument);
      case CONTAINS -> target.contains(argument);
    };
  }

  private static String textOf(Value value) {
    if (value instanceof Value.Text(String text)) {
      return text;
    }
    throw new IllegalStateException("the check let " + value + " pass as a text");
  }

  private static void collect(Node node, Set<Identifier> found) {
    switch (node) {
      case Node.Literal _ -> {}
      case Node.Name name -> found.add(name.identifier());
      case Node.Not not -> collect(not.operand(), found);
      case Node.Binary binary -> {
        collect(binary.left(), found);
        collect(binary.right(), found);
      }
      case Node.In in -> {
        collect(in.item(), found);
        for (Node item : in.list()) {
          collect(item, found);
        }
      }
      case Node.Conditional conditional -> {
        collect(conditional.condition(), found);
        collect(conditional.then(), found);
        collect(conditional.otherwise(), found);
      }
      case Node.Call call -> {
        collect(call.target(), found);
        collect(call.argument(), found);
      }
    }
  }
}
