package dev.stepbox.pipeline.expression;

import dev.stepbox.pipeline.expression.Node.Operator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Recursive descent over the tokens. The grammar, loosest first: {@code c ? a : b}, {@code ||},
 * {@code &&}, comparisons and {@code in}, {@code !}, calls.
 */
final class ExpressionReader {
  private static final List<String> RESERVED = List.of("true", "false", "null", "in");

  private final List<Token> tokens;
  private final int depthMax;
  private int at;
  private int depth;

  private ExpressionReader(List<Token> tokens, int depthMax) {
    this.tokens = tokens;
    this.depthMax = depthMax;
  }

  static Node read(String source, int depthMax) throws ExpressionException {
    ExpressionReader reader = new ExpressionReader(Lexer.tokens(source), depthMax);
    Node root = reader.expression();
    Token rest = reader.peek();
    if (rest.kind() != Token.Kind.END) {
      throw unexpected(rest, "an operator or the end");
    }
    return root;
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token take() {
    Token token = tokens.get(at);
    if (token.kind() != Token.Kind.END) {
      at++;
    }
    return token;
  }

  private boolean takeSign(String sign) {
    boolean isThere = peek().isSign(sign);
    if (isThere) {
      at++;
    }
    return isThere;
  }

  private Token expect(String sign) throws ExpressionException {
    Token token = take();
    if (!token.isSign(sign)) {
      throw unexpected(token, "'" + sign + "'");
    }
    return token;
  }

  private static ExpressionException unexpected(Token token, String expected) {
    return new ExpressionException(
        "expected %s, found %s".formatted(expected, token.described()),
        token.start(),
        token.end(),
        null);
  }

  private void enter(Token token) throws ExpressionException {
    depth++;
    if (depth > depthMax) {
      throw new ExpressionException(
          "the expression is nested more than %d deep".formatted(depthMax),
          token.start(),
          token.end(),
          null);
    }
  }

  private Node expression() throws ExpressionException {
    enter(peek());
    Node condition = or();
    Node result = condition;
    if (takeSign("?")) {
      Node then = or();
      expect(":");
      Node otherwise = expression();
      result = new Node.Conditional(condition, then, otherwise);
    }
    depth--;
    return result;
  }

  private Node or() throws ExpressionException {
    Node left = and();
    while (takeSign("||")) {
      left = new Node.Binary(Operator.OR, left, and());
    }
    return left;
  }

  private Node and() throws ExpressionException {
    Node left = relation();
    while (takeSign("&&")) {
      left = new Node.Binary(Operator.AND, left, relation());
    }
    return left;
  }

  private Node relation() throws ExpressionException {
    Node left = unary();
    while (true) {
      Operator operator = comparison(peek());
      if (operator != null) {
        take();
        left = new Node.Binary(operator, left, unary());
      } else if (peek().isWord("in")) {
        take();
        left = list(left);
      } else {
        return left;
      }
    }
  }

  private static @Nullable Operator comparison(Token token) {
    if (token.kind() != Token.Kind.SIGN) {
      return null;
    }
    return switch (token.text()) {
      case "==" -> Operator.EQUAL;
      case "!=" -> Operator.NOT_EQUAL;
      case "<" -> Operator.LESS;
      case "<=" -> Operator.LESS_OR_EQUAL;
      case ">" -> Operator.GREATER;
      case ">=" -> Operator.GREATER_OR_EQUAL;
      default -> null;
    };
  }

  private Node list(Node item) throws ExpressionException {
    expect("[");
    List<Node> items = new ArrayList<>();
    while (!peek().isSign("]")) {
      items.add(expression());
      if (!takeSign(",")) {
        break;
      }
    }
    Token end = expect("]");
    return new Node.In(item, items, end.end());
  }

  private Node unary() throws ExpressionException {
    Token token = peek();
    if (takeSign("!")) {
      enter(token);
      Node operand = unary();
      depth--;
      return new Node.Not(operand, token.start(), operand.end());
    }
    return calls(primary());
  }

  private Node calls(Node target) throws ExpressionException {
    Node result = target;
    while (takeSign(".")) {
      Token word = take();
      Node.Function function = function(word);
      expect("(");
      Node argument = expression();
      Token end = expect(")");
      result = new Node.Call(function, result, argument, end.end());
    }
    return result;
  }

  private static Node.Function function(Token word) throws ExpressionException {
    for (Node.Function function : Node.Function.values()) {
      if (word.isWord(function.word())) {
        return function;
      }
    }
    throw new ExpressionException(
        "no function is called %s".formatted(word.described()),
        word.start(),
        word.end(),
        "the functions of a text are startsWith, endsWith and contains");
  }

  private Node primary() throws ExpressionException {
    Token token = take();
    return switch (token.kind()) {
      case TEXT -> new Node.Literal(new Value.Text(token.text()), token.start(), token.end());
      case NUMBER -> number(token, "", token.start());
      case WORD -> word(token);
      case SIGN -> sign(token);
      case END -> throw unexpected(token, "a value");
    };
  }

  private Node sign(Token token) throws ExpressionException {
    if (token.isSign("(")) {
      Node inner = expression();
      expect(")");
      return inner;
    }
    if (token.isSign("-") && peek().kind() == Token.Kind.NUMBER) {
      return number(take(), "-", token.start());
    }
    throw unexpected(token, "a value");
  }

  private static Node number(Token token, String sign, int start) throws ExpressionException {
    try {
      long number = Long.parseLong(sign + token.text());
      return new Node.Literal(new Value.Whole(number), start, token.end());
    } catch (NumberFormatException tooLarge) {
      throw new ExpressionException(
          "the number %s does not fit into 64 bits".formatted(token.text()),
          start,
          token.end(),
          "put a text in quotes");
    }
  }

  private Node word(Token token) throws ExpressionException {
    return switch (token.text()) {
      case "true" -> new Node.Literal(new Value.Truth(true), token.start(), token.end());
      case "false" -> new Node.Literal(new Value.Truth(false), token.start(), token.end());
      case "branch" -> new Node.Name(new Identifier.Branch(), token.start(), token.end());
      case "env" -> {
        Token name = member(token);
        yield new Node.Name(new Identifier.Variable(name.text()), token.start(), name.end());
      }
      case "params" -> {
        Token name = member(token);
        yield new Node.Name(new Identifier.Parameter(name.text()), token.start(), name.end());
      }
      default ->
          throw new ExpressionException(
              "nothing is called '%s'".formatted(token.text()),
              token.start(),
              token.end(),
              "the names are branch, env.NAME and params.NAME; a text needs quotes");
    };
  }

  private Token member(Token owner) throws ExpressionException {
    if (!takeSign(".")) {
      throw new ExpressionException(
          "'%s' is not a value by itself".formatted(owner.text()),
          owner.start(),
          owner.end(),
          "write '" + owner.text() + ".NAME'");
    }
    Token name = take();
    if (name.kind() != Token.Kind.WORD) {
      throw unexpected(name, "a name after '" + owner.text() + ".'");
    }
    if (RESERVED.contains(name.text())) {
      throw new ExpressionException(
          "'%s' cannot be a name in an expression".formatted(name.text()),
          name.start(),
          name.end(),
          "rename the variable or parameter");
    }
    return name;
  }
}
