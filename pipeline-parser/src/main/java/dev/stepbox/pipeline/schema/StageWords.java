package dev.stepbox.pipeline.schema;

import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.schema.Shape.Flag;
import dev.stepbox.pipeline.schema.Shape.ListOf;
import dev.stepbox.pipeline.schema.Shape.Mapping;
import dev.stepbox.pipeline.schema.Shape.Repetition;
import dev.stepbox.pipeline.schema.Shape.Text;

/** Stages, branches and what runs after them. */
final class StageWords {
  private static final Shape NAME = new Text(TextRule.NAME);

  static final Mapping POST = post();

  static final Mapping BRANCH =
      stage("branch", "a branch")
          .exactlyOne("steps")
          .misplaced("it belongs to the stage around the branches", "failFast")
          .misplaced("the branches share the needs of the stage around them", "needs")
          .misplaced("a branch cannot be parallel itself: make it a stage of its own", "parallel")
          .example("- {stage: lint, steps: [{sh: make lint}]}")
          .build();

  static final Mapping STAGE =
      stage("stage", "a stage")
          .optional(
              "needs",
              new ListOf(NAME, 0, Limits.NEEDS_MAX, Repetition.REFUSED, "stage names"),
              "the stage before it",
              "Stages that must have ended first; `[]` starts at once")
          .optional(
              "parallel",
              new ListOf(BRANCH, 1, Limits.BRANCHES_MAX, Repetition.ALLOWED, "branches"),
              "",
              "Stages that run side by side, each on its own copy of the workspace")
          .optional(
              "failFast",
              new Flag(),
              "`false`",
              "Whether the failure of one branch or cell cancels the others")
          .exactlyOne("steps", "parallel")
          .excludes("parallel", "matrix", "put the matrix into a branch")
          .requires("failFast", "parallel", "matrix")
          .example("- {stage: Build, steps: [{sh: make}]}")
          .build();

  static final Shape STAGES =
      new ListOf(STAGE, 1, Limits.EXPANDED_STAGES_MAX, Repetition.ALLOWED, "stages");

  private static Mapping.Builder stage(String name, String phrase) {
    return Mapping.builder(name, phrase)
        .required("stage", NAME, "The name")
        .optional("agent", SettingWords.AGENT, "that of the level above", "Where the steps run")
        .optional(
            "caps",
            SettingWords.CAPS,
            "those of the level above",
            "Resource limits of each step, key by key over the level above")
        .optional(
            "environment",
            SettingWords.ENVIRONMENT,
            "none",
            "More variables; a value may hold references `${NAME}`")
        .optional(
            "isolation",
            SettingWords.ISOLATION,
            "that of the level above",
            "What stands between the steps and the machine")
        .optional("options", SettingWords.OPTIONS, "none", "Settings of the stage")
        .optional("when", WhenWords.WHEN, "always", "Whether the stage runs")
        .optional("steps", StepWords.STEPS, "", "What is done, one after the other")
        .optional(
            "matrix", MatrixWords.MATRIX, "none", "Run the steps once for each cell of a matrix")
        .optional(
            "post",
            POST,
            "none",
            "Steps that run after the stage, in its workspace; after each cell of a matrix")
        .planned(
            "services",
            "docker",
            "input",
            "inputs",
            "outputs",
            "retry",
            "merge",
            "credentials",
            "concurrency",
            "tools",
            "stages",
            "lock",
            "junit")
        .misplaced(
            "it belongs to a step: '- sh: …' below 'steps'",
            "sh",
            "checkout",
            "archive",
            "stash",
            "unstash")
        .misplaced("it belongs to a step, beside its 'sh'", "cache", "network", "nesting")
        .misplaced("it belongs to the top level of the file", "parameters", "stepbox", "triggers")
        .foreign("name", "'stage'")
        .foreign("image", "'agent: {image: …}'")
        .foreign("timeout", "'options: {timeout: …}'")
        .foreign("env", "'environment'")
        .foreign("variables", "'environment'")
        .foreign("depends_on", "'needs'")
        .foreign("dependsOn", "'needs'")
        .foreign("if", "'when: {expression: …}'")
        .foreign("run", "'steps: [{sh: …}]'")
        .foreign("script", "'steps: [{sh: …}]'")
        .foreign("commands", "'steps: [{sh: …}]'")
        .foreign("strategy", "'matrix: {axes: …}'")
        .foreign("secrets", SettingWords.SECRETS)
        .foreign("axes", "'matrix: {axes: …}'");
  }

  private static Mapping post() {
    Mapping.Builder builder = Mapping.builder("post", "a group of post conditions");
    for (PostCondition condition : PostCondition.values()) {
      builder.optional(condition.keyword(), StepWords.STEPS, "none", describe(condition));
    }
    return builder
        .planned("changed", "fixed", "regression", "unstable", "unsuccessful", "notBuilt")
        .foreign("finally", "'always'")
        .foreign("cancelled", "'aborted'")
        .foreign("canceled", "'aborted'")
        .foreign("failed", "'failure'")
        .foreign("on_failure", "'failure'")
        .foreign("on_success", "'success'")
        .example("post: {failure: [{sh: ./notify}]}")
        .build();
  }

  private static String describe(PostCondition condition) {
    return switch (condition) {
      case ALWAYS -> "Steps that run after every end, before the other conditions";
      case ABORTED -> "Steps that run after a cancellation or a timeout";
      case SUCCESS -> "Steps that run after success";
      case FAILURE -> "Steps that run after a failure";
      case CLEANUP -> "Steps that run after every end, after the other conditions";
    };
  }

  private StageWords() {}
}
