package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.EXCLUDE_WITHOUT_EFFECT;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.UNKNOWN_AXIS;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.Suggestions;
import dev.stepbox.pipeline.model.StageBody.Axis;
import dev.stepbox.pipeline.model.StageBody.AxisTest;
import dev.stepbox.pipeline.model.StageBody.Exclude;
import dev.stepbox.pipeline.model.StageBody.Membership;
import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import dev.stepbox.pipeline.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds the axes and excludes of a matrix, and checks that they fit together. */
final class MatrixBuilder {
  private final Findings problems;
  private final ShapeChecker checker;

  MatrixBuilder(Findings problems, ShapeChecker checker) {
    this.problems = problems;
    this.checker = checker;
  }

  List<Axis> axes(Fields matrix) {
    List<Axis> axes = new ArrayList<>();
    Mapping mapping = matrix.mapping("axes");
    if (mapping != null) {
      for (Entry entry : mapping.entries()) {
        // A value that stands there twice has been reported.
        Set<String> values =
            new LinkedHashSet<>(Fields.textsOf(Fields.scalarsOf(entry.value(), checker)));
        if (!values.isEmpty() && checker.isUsable(entry.value())) {
          axes.add(new Axis(entry.name(), List.copyOf(values)));
        }
      }
    }
    return axes;
  }

  List<Exclude> excludes(Fields matrix, List<Axis> axes) {
    List<Exclude> excludes = new ArrayList<>();
    Sequence sequence = matrix.sequence("exclude");
    if (sequence != null) {
      for (YamlNode item : sequence.items()) {
        List<AxisTest> tests = item instanceof Mapping mapping ? tests(mapping, axes) : List.of();
        if (!tests.isEmpty()) {
          excludes.add(new Exclude(tests));
        }
      }
    }
    return excludes;
  }

  private List<AxisTest> tests(Mapping exclude, List<Axis> axes) {
    List<AxisTest> tests = new ArrayList<>();
    for (Entry entry : exclude.entries()) {
      Axis axis = find(axes, entry.name());
      if (axis == null) {
        reportUnknown(entry, axes);
        continue;
      }
      boolean isNegated = entry.value() instanceof Mapping;
      YamlNode values = entry.value();
      if (values instanceof Mapping mapping) {
        values = new Fields(mapping, checker).node("not");
      }
      List<Scalar> scalars = values == null ? List.of() : Fields.scalarsOf(values, checker);
      for (Scalar scalar : scalars) {
        checkValue(scalar, axis);
      }
      Membership membership = isNegated ? Membership.NOT_IN : Membership.IN;
      tests.add(new AxisTest(axis.name(), Fields.textsOf(scalars), membership));
    }
    return tests;
  }

  private static @Nullable Axis find(List<Axis> axes, String name) {
    for (Axis axis : axes) {
      if (axis.name().equals(name)) {
        return axis;
      }
    }
    return null;
  }

  private void reportUnknown(Entry entry, List<Axis> axes) {
    if (axes.isEmpty()) {
      return; // what is wrong with the axes has been said
    }
    List<String> names = new ArrayList<>();
    for (Axis axis : axes) {
      names.add(axis.name());
    }
    String nearest = Suggestions.nearest(entry.name(), names);
    problems.add(
        UNKNOWN_AXIS,
        entry.key().range(),
        "the matrix has no axis %s".formatted(quote(entry.name())),
        "unknown",
        nearest == null
            ? "the axes are " + String.join(", ", names)
            : "did you mean '" + nearest + "'?");
  }

  private void checkValue(Scalar value, Axis axis) {
    if (!axis.values().contains(value.text())) {
      problems.add(
          EXCLUDE_WITHOUT_EFFECT,
          value.range(),
          "the axis '%s' has no value %s".formatted(axis.name(), quote(value.text())),
          "no cell has this value",
          null);
    }
  }
}
