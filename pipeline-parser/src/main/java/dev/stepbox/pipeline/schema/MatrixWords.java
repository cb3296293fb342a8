package dev.stepbox.pipeline.schema;

import dev.stepbox.pipeline.schema.Shape.Either;
import dev.stepbox.pipeline.schema.Shape.ListOf;
import dev.stepbox.pipeline.schema.Shape.MapOf;
import dev.stepbox.pipeline.schema.Shape.Mapping;
import dev.stepbox.pipeline.schema.Shape.Repetition;
import dev.stepbox.pipeline.schema.Shape.Text;
import java.util.List;

/** The matrix of a stage. */
final class MatrixWords {
  static final MapOf AXES =
      new MapOf(
          TextRule.VARIABLE,
          new ListOf(
              new Text(TextRule.AXIS_VALUE),
              1,
              Limits.AXIS_VALUES_MAX,
              Repetition.REFUSED,
              "values"),
          1,
          Limits.AXES_MAX,
          "axes");

  static final Shape AXIS_VALUES =
      Lists.oneOrMore(TextRule.AXIS_VALUE, Limits.AXIS_VALUES_MAX, "values");

  static final Mapping EXCLUDED_AXIS =
      Mapping.builder("excludedAxis", "a test of an axis")
          .required("not", AXIS_VALUES, "Values that are not excluded")
          .foreign("notValues", "'not'")
          .example("exclude: [{JDK: {not: 25}, DB: postgres}]")
          .build();

  static final MapOf EXCLUDE =
      new MapOf(
          TextRule.VARIABLE,
          new Either(
              List.of(
                  new Text(TextRule.AXIS_VALUE),
                  Lists.of(TextRule.AXIS_VALUE, Limits.AXIS_VALUES_MAX, "values"),
                  EXCLUDED_AXIS)),
          1,
          Limits.AXES_MAX,
          "axes");

  static final Mapping MATRIX =
      Mapping.builder("matrix", "a matrix")
          .required("axes", AXES, "Variables and their values; the first axis varies fastest")
          .optional(
              "exclude",
              new ListOf(EXCLUDE, 1, Limits.EXCLUDES_MAX, Repetition.ALLOWED, "excludes"),
              "none",
              "Cells to leave out: those in which every given axis has a given value")
          .planned("include", "maxParallel")
          .foreign("excludes", "'exclude'")
          .misplaced("it belongs beside 'matrix', not below it", "steps", "stages", "failFast")
          .example("matrix: {axes: {JDK: [17, 21]}}")
          .build();

  private MatrixWords() {}
}
