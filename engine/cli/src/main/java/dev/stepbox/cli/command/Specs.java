package dev.stepbox.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Makes the descriptions of commands in one style: same headings, same order, examples last. */
final class Specs {

  static final String OUTPUT = "--output";

  /**
   * Makes the lists of options that may be repeated, and nothing else, since commands here are
   * declared by calls. The usual factory of picocli looks for Groovy first, for which the JVM opens
   * every jar of the class path.
   */
  static final IFactory LISTS =
      new IFactory() {
        @Override
        public <K> K create(Class<K> type) {
          return type.cast(new ArrayList<>());
        }
      };

  private static final int WIDTH = 80;

  private Specs() {}

  /**
   * A command without options yet.
   *
   * @param name its full name after {@code stepbox}, such as {@code image import}
   * @param synopsis its arguments, such as {@code [OPTIONS] [DIR]}
   * @param summary one sentence without a full stop
   * @param description further lines
   */
  static CommandSpec command(String name, String synopsis, String summary, String... description) {
    CommandSpec spec =
        CommandSpec.wrapWithoutInspection(null, LISTS)
            .name(name.substring(name.lastIndexOf(' ') + 1));
    spec.usageMessage()
        .width(WIDTH)
        .header(summary + ".")
        .synopsisHeading("%nUsage: ")
        .customSynopsis(("stepbox " + name + " " + synopsis).stripTrailing())
        .descriptionHeading("%n")
        .description(description)
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nCommands:%n")
        .footerHeading("%nExamples:%n")
        .sortOptions(false)
        .sortSynopsis(false);
    return spec;
  }

  /** Adds the examples and, as the last option, {@code --help}. */
  static CommandSpec finish(CommandSpec spec, String... examples) {
    String[] indented = new String[examples.length];
    for (int i = 0; i < examples.length; i++) {
      indented[i] = "  " + examples[i];
    }
    spec.usageMessage().footer(indented);
    return spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .description("Show this help and exit.")
            .build());
  }

  /** An option without a value. */
  static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  /** An option with one value. */
  static OptionSpec value(String name, String label, String description) {
    return OptionSpec.builder(name)
        .type(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** An option with one value out of a few. */
  static OptionSpec choice(String name, List<String> values, String description) {
    return OptionSpec.builder(name)
        .type(String.class)
        .paramLabel(String.join("|", values))
        .completionCandidates(values)
        .description(description)
        .build();
  }

  /** An option that may be given several times, in the order given. */
  static OptionSpec values(String name, String label, String description) {
    return OptionSpec.builder(name)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** {@code --output text|json}. */
  static OptionSpec output(String json) {
    return choice(OUTPUT, List.of("text", "json"), "text (the default), or json: " + json + ".");
  }

  /** An argument that must be given. */
  static PositionalParamSpec required(int index, String label, String description) {
    return argument(index, "1", label, description);
  }

  /** An argument that may be left out. */
  static PositionalParamSpec optional(int index, String label, String description) {
    return argument(index, "0..1", label, description);
  }

  /** All further arguments, at least one. */
  static PositionalParamSpec some(String label, String description) {
    return PositionalParamSpec.builder()
        .index("0..*")
        .arity("1..*")
        .required(true)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** Any number of arguments, none too. */
  static PositionalParamSpec any(String label, String description) {
    return PositionalParamSpec.builder()
        .index("0..*")
        .arity("0..*")
        .type(List.class)
        .auxiliaryTypes(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  private static PositionalParamSpec argument(
      int index, String arity, String label, String description) {
    return PositionalParamSpec.builder()
        .index(String.valueOf(index))
        .arity(arity)
        .required(arity.equals("1"))
        .type(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }
}
