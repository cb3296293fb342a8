package dev.stepbox.pipeline.expression;

import java.util.List;

/** A part of an expression; {@code start} and {@code end} are its place in the source. */
sealed interface Node {
  int start();

  int end();

  record Literal(Value value, int start, int end) implements Node {}

  record Name(Identifier identifier, int start, int end) implements Node {}

  record Not(Node operand, int start, int end) implements Node {}

  record Binary(Operator operator, Node left, Node right) implements Node {
    @Override
    public int start() {
      return left.start();
    }

    @Override
    public int end() {
      return right.end();
    }
  }

  record In(Node item, List<Node> list, int end) implements Node {
    public In {
      list = List.copyOf(list);
    }

    @Override
    public int start() {
      return item.start();
    }
  }

  record Conditional(Node condition, Node then, Node otherwise) implements Node {
    @Override
    public int start() {
      return condition.start();
    }

    @Override
    public int end() {
      return otherwise.end();
    }
  }

  record Call(Function function, Node target, Node argument, int end) implements Node {
    @Override
    public int start() {
      return target.start();
    }
  }

  /** Operators between two values. */
  enum Operator {
    OR("||"),
    AND("&&"),
    EQUAL("=="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">=");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }

    String sign() {
      return sign;
    }
  }

  /** Functions of texts. */
  enum Function {
    STARTS_WITH("startsWith"),
    ENDS_WITH("endsWith"),
    CONTAINS("contains");

    private final String word;

    Function(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }
}
