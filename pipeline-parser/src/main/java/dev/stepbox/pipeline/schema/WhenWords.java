package dev.stepbox.pipeline.schema;

import dev.stepbox.pipeline.schema.Shape.Flag;
import dev.stepbox.pipeline.schema.Shape.ListOf;
import dev.stepbox.pipeline.schema.Shape.Mapping;
import dev.stepbox.pipeline.schema.Shape.Ref;
import dev.stepbox.pipeline.schema.Shape.Repetition;
import dev.stepbox.pipeline.schema.Shape.Text;

/** Conditions of a stage. */
final class WhenWords {
  static final Mapping WHEN_ENVIRONMENT =
      Mapping.builder("whenEnvironment", "a test of a variable")
          .required(
              "name", new Text(TextRule.VARIABLE), "The variable; an unset one counts as empty")
          .required("value", new Text(TextRule.VALUE), "The value it must have")
          .optional("ignoreCase", new Flag(), "`false`", "Whether upper and lower case are alike")
          .example("environment: {name: TARGET, value: production}")
          .build();

  static final Shape CONDITION = new Ref("when", "a condition");

  static final Shape CONDITIONS =
      new ListOf(CONDITION, 1, Limits.CONDITIONS_MAX, Repetition.ALLOWED, "conditions");

  static final Mapping WHEN =
      Mapping.builder("when", "a condition")
          .optional(
              "branch",
              new Text(TextRule.BRANCH_PATTERN),
              "any branch",
              "Ant-style glob for the branch being built; upper and lower case are alike")
          .optional("environment", WHEN_ENVIRONMENT, "no test", "A variable that must have a value")
          .optional(
              "expression",
              new Text(TextRule.EXPRESSION),
              "no test",
              "An expression that must be true")
          .optional("not", CONDITION, "no test", "A condition that must not hold")
          .optional("allOf", CONDITIONS, "no test", "Conditions that must all hold")
          .optional("anyOf", CONDITIONS, "no test", "Conditions of which one must hold")
          .min(1)
          .planned(
              "tag",
              "buildingTag",
              "changeset",
              "changelog",
              "changeRequest",
              "equals",
              "triggeredBy",
              "beforeAgent",
              "beforeInput",
              "beforeOptions")
          .foreign("env", "'environment: {name: …, value: …}'")
          .foreign("or", "'anyOf'")
          .foreign("and", "'allOf'")
          .foreign("if", "'expression'")
          .example("when: {branch: main}")
          .build();

  private WhenWords() {}
}
