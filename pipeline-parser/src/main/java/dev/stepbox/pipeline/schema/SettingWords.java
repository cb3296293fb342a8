package dev.stepbox.pipeline.schema;

import dev.stepbox.pipeline.schema.Shape.MapOf;
import dev.stepbox.pipeline.schema.Shape.Mapping;
import dev.stepbox.pipeline.schema.Shape.Text;
import dev.stepbox.pipeline.schema.Shape.Whole;
import java.util.List;

/** Settings that occur at several levels. */
final class SettingWords {
  static final Shape IMAGE = new Text(TextRule.IMAGE);
  static final Shape DURATION = new Text(TextRule.DURATION);
  static final Shape SIZE = new Text(TextRule.SIZE);

  /** Advice for whoever looks for a place of secrets in the file. */
  static final String SECRETS = "nothing: 'stepbox run --secret NAME' gives them to the steps";

  private static final String NO_AGENT = "leave it out; it is there to name an image";

  /** A size with which a program can start. */
  static final Shape MEMORY = new Text(TextRule.MEMORY);

  static final Mapping AGENT =
      Mapping.builder("agent", "an agent")
          .optional(
              "image",
              IMAGE,
              "that of the pipeline, else `host`",
              "Root file system of the steps; may hold references `${NAME}`")
          .planned("labels", "label", "os", "arch")
          .foreign("docker", "'image'")
          .foreign("name", "'image'")
          .inPlace("any", NO_AGENT)
          .inPlace("none", NO_AGENT)
          .example("agent: {image: debian:bookworm}")
          .build();

  static final Mapping CAPS =
      Mapping.builder("caps", "a group of caps")
          .optional(
              "cpu",
              new Shape.Decimal(Limits.CPU_MIN_THOUSANDTHS, Limits.CPU_MAX),
              "all processors",
              "Processors that the step may use, for example `0.5`")
          .optional("memory", MEMORY, "`2GiB`", "Memory of the step, swap included")
          .optional(
              "pids", new Whole(1, Limits.PIDS_MAX), "`1024`", "Processes and threads of the step")
          .optional("disk", SIZE, "`10GiB`", "What the steps of a stage may write")
          .planned("io")
          .foreign("time", "'timeout' beside the step, or 'options: {timeout: 30m}'")
          .foreign("timeout", "'timeout' beside the step, or 'options: {timeout: 30m}'")
          .foreign("mem", "'memory'")
          .foreign("ram", "'memory'")
          .foreign("cpus", "'cpu'")
          .foreign("cores", "'cpu'")
          .foreign("processes", "'pids'")
          .foreign("storage", "'disk'")
          .example("caps: {cpu: 2, memory: 2GiB}")
          .build();

  static final MapOf ENVIRONMENT =
      new MapOf(TextRule.VARIABLE, new Text(TextRule.VALUE), 0, Limits.VARIABLES_MAX, "variables");

  static final Shape ISOLATION = new Shape.Word(List.of("container", "vm"));

  static final Mapping OPTIONS =
      Mapping.builder("options", "a group of options")
          .optional(
              "timeout",
              DURATION,
              "none",
              "How long the build or the stage may take before it is aborted")
          .planned("retry", "concurrency")
          .example("options: {timeout: 30m}")
          .build();

  private SettingWords() {}
}
