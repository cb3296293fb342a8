package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.EXPRESSION;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.expression.Expression;
import dev.stepbox.pipeline.expression.ExpressionProblem;
import dev.stepbox.pipeline.expression.ValueType;
import dev.stepbox.pipeline.model.When;
import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import dev.stepbox.pipeline.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Builds conditions, and checks their expressions. */
final class WhenBuilder {
  private final Findings problems;
  private final ShapeChecker checker;
  private final SequencedMap<String, ValueType> parameters;

  WhenBuilder(Findings problems, ShapeChecker checker, SequencedMap<String, ValueType> parameters) {
    this.problems = problems;
    this.checker = checker;
    this.parameters = parameters;
  }

  /** The condition, or null if nothing of it can be used. */
  @Nullable When build(Mapping mapping) {
    Fields fields = new Fields(mapping, checker);
    List<When> conditions = new ArrayList<>();
    for (Entry entry : mapping.entries()) {
      When condition = build(entry, fields);
      if (condition != null) {
        conditions.add(condition);
      }
    }
    return switch (conditions.size()) {
      case 0 -> null;
      case 1 -> conditions.getFirst();
      default -> new When.AllOf(conditions, mapping.range());
    };
  }

  private @Nullable When build(Entry entry, Fields fields) {
    YamlNode value = fields.node(entry.name());
    if (value == null) {
      return null;
    }
    return switch (entry.name()) {
      case "branch" ->
          value instanceof Scalar pattern ? new When.Branch(pattern.text(), value.range()) : null;
      case "environment" -> value instanceof Mapping test ? environment(test) : null;
      case "expression" -> value instanceof Scalar source ? expression(source) : null;
      case "not" -> {
        When inner = value instanceof Mapping condition ? build(condition) : null;
        yield inner == null ? null : new When.Not(inner, value.range());
      }
      case "allOf" -> {
        List<When> inner = buildAll(value);
        yield inner.isEmpty() ? null : new When.AllOf(inner, value.range());
      }
      case "anyOf" -> {
        List<When> inner = buildAll(value);
        yield inner.isEmpty() ? null : new When.AnyOf(inner, value.range());
      }
      default -> null;
    };
  }

  private List<When> buildAll(YamlNode node) {
    List<When> conditions = new ArrayList<>();
    if (node instanceof Sequence sequence) {
      for (YamlNode item : sequence.items()) {
        When condition = item instanceof Mapping mapping ? build(mapping) : null;
        if (condition != null) {
          conditions.add(condition);
        }
      }
    }
    return conditions;
  }

  private @Nullable When environment(Mapping test) {
    Fields fields = new Fields(test, checker);
    String name = fields.text("name");
    String value = fields.text("value");
    if (name == null || value == null) {
      return null;
    }
    When.CaseRule rule =
        fields.isTrue("ignoreCase") ? When.CaseRule.IGNORE_CASE : When.CaseRule.EXACT;
    return new When.Environment(name, value, rule, test.range());
  }

  private When expression(Scalar source) {
    switch (Expression.read(source.text(), parameters)) {
      case Expression.Result.Valid _ -> {}
      case Expression.Result.Invalid invalid -> {
        for (ExpressionProblem problem : invalid.problems()) {
          problems.add(
              EXPRESSION,
              Places.within(source, problem.start(), problem.end()),
              problem.message(),
              "",
              problem.hint());
        }
      }
    }
    return new When.Expression(source.text(), source.range());
  }
}
