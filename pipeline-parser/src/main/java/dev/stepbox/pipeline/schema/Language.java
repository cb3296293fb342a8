package dev.stepbox.pipeline.schema;

import dev.stepbox.pipeline.schema.Shape.Flag;
import dev.stepbox.pipeline.schema.Shape.ListOf;
import dev.stepbox.pipeline.schema.Shape.Mapping;
import dev.stepbox.pipeline.schema.Shape.Repetition;
import dev.stepbox.pipeline.schema.Shape.Text;
import dev.stepbox.pipeline.schema.Shape.Version;
import java.util.List;

/** The whole language: {@link #PIPELINE} is a file, {@link #definitions} its parts. */
public final class Language {
  /** The version of the language, the value of the key {@code stepbox}. */
  public static final int VERSION = 1;

  private static final Shape VARIABLE = new Text(TextRule.VARIABLE);
  private static final Shape DESCRIPTION = new Text(TextRule.DESCRIPTION);
  private static final String ABOUT = "What the parameter is for";

  private static final Mapping STRING =
      Mapping.builder("string", "a text parameter")
          .required("name", VARIABLE, "The name")
          .optional("default", new Text(TextRule.VALUE), "empty", "The value when none is given")
          .optional("description", DESCRIPTION, "none", ABOUT)
          .foreign("defaultValue", "'default'")
          .foreign("value", "'default'")
          .example("- string: {name: TARGET, default: staging}")
          .build();

  private static final Mapping CHOICE =
      Mapping.builder("choice", "a choice parameter")
          .required("name", VARIABLE, "The name")
          .required(
              "choices",
              new ListOf(
                  new Text(TextRule.AXIS_VALUE),
                  1,
                  Limits.PARAMETERS_MAX,
                  Repetition.REFUSED,
                  "choices"),
              "The values; the first is the default")
          .optional("description", DESCRIPTION, "none", ABOUT)
          .foreign("default", "nothing: the first of 'choices' is the default")
          .foreign("defaultValue", "nothing: the first of 'choices' is the default")
          .foreign("values", "'choices'")
          .example("- choice: {name: PROFILE, choices: [fast, full]}")
          .build();

  private static final Mapping BOOLEAN =
      Mapping.builder("boolean", "a boolean parameter")
          .required("name", VARIABLE, "The name")
          .optional("default", new Flag(), "`false`", "The value when none is given")
          .optional("description", DESCRIPTION, "none", ABOUT)
          .foreign("defaultValue", "'default'")
          .foreign("value", "'default'")
          .example("- boolean: {name: DEPLOY, default: false}")
          .build();

  private static final Mapping PARAMETER =
      Mapping.builder("parameter", "a parameter")
          .optional("string", STRING, "", "A text")
          .optional("choice", CHOICE, "", "One of a list of texts")
          .optional("boolean", BOOLEAN, "", "`true` or `false`")
          .exactlyOne("string", "choice", "boolean")
          .planned("text", "password", "file", "run", "credentials")
          .foreign("booleanParam", "'boolean'")
          .foreign("bool", "'boolean'")
          .foreign("str", "'string'")
          .foreign("enum", "'choice'")
          .foreign("name", "'string: {name: …}'")
          .example("- choice: {name: PROFILE, choices: [fast, full]}")
          .build();

  /** A whole file. */
  public static final Mapping PIPELINE =
      Mapping.builder("pipeline", "a pipeline")
          .required(
              "stepbox",
              new Version(VERSION),
              "Version of the language; must be the first key of the file")
          .optional("agent", SettingWords.AGENT, "`{image: host}`", "Where the steps run")
          .optional(
              "caps",
              SettingWords.CAPS,
              "`{memory: 2GiB, pids: 1024, disk: 10GiB}`",
              "Resource limits of each step")
          .optional(
              "environment",
              SettingWords.ENVIRONMENT,
              "none",
              "Variables of every step; a value may hold references `${NAME}`")
          .optional(
              "isolation",
              SettingWords.ISOLATION,
              "`container`",
              "What stands between the steps and the machine")
          .optional("options", SettingWords.OPTIONS, "none", "Settings of the build")
          .optional(
              "parameters",
              new ListOf(PARAMETER, 0, Limits.PARAMETERS_MAX, Repetition.ALLOWED, "parameters"),
              "none",
              "Values that are chosen when a build starts")
          .required("stages", StageWords.STAGES, "The parts of the pipeline")
          .optional("post", StageWords.POST, "none", "Steps that run after the last stage")
          .planned(
              "triggers",
              "services",
              "docker",
              "credentials",
              "input",
              "concurrency",
              "tools",
              "libraries",
              "merge",
              "retry",
              "outputs",
              "inputs",
              "junit")
          .misplaced(
              "it belongs to a stage, below 'stages'",
              "stage",
              "steps",
              "needs",
              "when",
              "matrix",
              "parallel",
              "failFast")
          .misplaced(
              "it belongs to a step: 'stages: [{stage: …, steps: [{sh: …}]}]'",
              "sh",
              "checkout",
              "archive",
              "stash",
              "unstash")
          .misplaced(
              "it belongs to a step, beside its 'sh': '- {sh: make, network: none}'",
              "cache",
              "network",
              "nesting")
          .foreign("secrets", SettingWords.SECRETS)
          .foreign("strategy", "'stages: [{stage: …, matrix: {axes: …}, steps: […]}]'")
          .foreign("version", "'stepbox: 1'")
          .foreign("image", "'agent: {image: …}'")
          .foreign("env", "'environment'")
          .foreign("variables", "'environment'")
          .foreign("timeout", "'options: {timeout: …}'")
          .foreign("params", "'parameters'")
          .foreign("jobs", "'stages'")
          .foreign("pipeline", "'stages'")
          .foreign("on", "'triggers', which is not supported yet")
          .foreign("script", "'stages: [{stage: …, steps: [{sh: …}]}]'")
          .example("{stepbox: 1, stages: [{stage: Build, steps: [{sh: make}]}]}")
          .build();

  private static final List<Mapping> DEFINITIONS =
      List.of(
          PIPELINE,
          SettingWords.AGENT,
          SettingWords.CAPS,
          SettingWords.OPTIONS,
          PARAMETER,
          STRING,
          CHOICE,
          BOOLEAN,
          StageWords.STAGE,
          StageWords.BRANCH,
          WhenWords.WHEN,
          WhenWords.WHEN_ENVIRONMENT,
          MatrixWords.MATRIX,
          MatrixWords.EXCLUDED_AXIS,
          StepWords.STEP,
          StepWords.SHELL,
          StepWords.REPOSITORY,
          StepWords.ARCHIVE,
          StepWords.STASH,
          StageWords.POST);

  /** Every mapping with known keys, the file itself first. */
  public static List<Mapping> definitions() {
    return DEFINITIONS;
  }

  /** The mapping that a reference means. */
  public static Mapping resolve(Shape.Ref ref) {
    for (Mapping definition : DEFINITIONS) {
      if (definition.name().equals(ref.definition())) {
        return definition;
      }
    }
    throw new IllegalArgumentException("no definition is called '%s'".formatted(ref.definition()));
  }

  private Language() {}
}
