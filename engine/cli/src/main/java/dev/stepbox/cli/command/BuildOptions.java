package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.ChrootPolicy;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.ContainerRuntime;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.Permissions.HostNetwork;
import dev.stepbox.engine.Permissions.Nesting;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.pipeline.model.Isolation;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.schema.TextRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options that decide what a build is; the same for {@code run} and {@code plan}. They are read
 * before the pipeline is, so that a mistake on the command line is told first.
 *
 * @param commit the revision to build; null for the directory as it stands
 */
record BuildOptions(
    SequencedMap<String, String> parameters,
    SequencedMap<String, String> environment,
    List<String> stages,
    List<Secret> secrets,
    @Nullable String commit,
    RunOptions running) {

  static final String SECRET = "--secret";

  private static final String PARAM = "--param";
  private static final String ENV = "--env";
  private static final String STAGE = "--stage";
  private static final String COMMIT = "--commit";
  private static final String HOST_NETWORK = "--allow-host-network";
  private static final String NESTING = "--allow-nesting";
  private static final String PATH = "--allow-path";
  private static final String UNENFORCED = "--allow-unenforced-caps";
  private static final String CHROOT = "--allow-chroot";
  private static final String PARALLEL = "--parallel";
  private static final String DRY_RUN = "--dry-run";
  private static final String ISOLATION = "--isolation";
  private static final String RUNTIME = "--runtime";

  static CommandSpec add(CommandSpec spec) {
    return spec.addPositional(Specs.optional(0, "DIR", "Where stepbox.yaml is (default: here)."))
        .addOption(Specs.values(PARAM, "NAME=VALUE", "Give a parameter of the pipeline a value."))
        .addOption(
            Specs.values(
                ENV,
                "NAME[=VALUE]",
                "Set a variable for every step; without a value, to what it is here."))
        .addOption(secret())
        .addOption(Specs.values(STAGE, "NAME", "Run this stage and what it needs, and no other."))
        .addOption(
            Specs.value(
                COMMIT, "REVISION", "Build this commit instead of the directory as it stands."))
        .addOption(
            Specs.flag(HOST_NETWORK, "Give steps that ask for it the network of this machine."))
        .addOption(Specs.flag(NESTING, "Let steps that ask for it make containers themselves."))
        .addOption(
            Specs.values(
                PATH,
                "PATH",
                "Let the pipeline name PATH, or files below it, as images and repositories."));
  }

  static picocli.CommandLine.Model.OptionSpec secret() {
    return Specs.values(
        SECRET,
        "NAME",
        "Give every step the variable NAME as it is here, and mask its value in all output.");
  }

  static CommandSpec addRunning(CommandSpec spec) {
    return spec.addOption(
            Specs.flag(
                UNENFORCED,
                "Run although this machine cannot enforce a cap, and say so at every step."))
        .addOption(
            Specs.flag(
                CHROOT,
                "Where no namespaces can be had, run steps in chroots, which isolate less, and say"
                    + " so."))
        .addOption(
            Specs.value(
                PARALLEL,
                "N",
                "Run at most N stages at one time, 1 to 64 (default: two per processor, at least"
                    + " 4)."))
        .addOption(
            Specs.value(
                ISOLATION,
                "KIND",
                "Run all stages in a container or a vm, whatever the pipeline says."))
        .addOption(
            Specs.value(
                RUNTIME,
                "NAME",
                "Let crun or runc, which must be installed, make the containers of all steps."))
        .addOption(Specs.flag(DRY_RUN, "Go through the whole build, but execute no command."));
  }

  /**
   * Reads the options.
   *
   * @throws CliException code COMMAND_LINE
   */
  static BuildOptions read(ParseResult parsed, Invocation invocation) {
    return new BuildOptions(
        Arguments.pairs(parsed, PARAM),
        environment(parsed, invocation),
        Arguments.values(parsed, STAGE),
        secrets(parsed, invocation),
        Arguments.value(parsed, COMMIT),
        running(parsed, invocation));
  }

  /** Puts a request together. */
  BuildRequest request(PipelineFile file, Pipeline pipeline) {
    SourceRequest source =
        commit == null
            ? new SourceRequest.WorkingTree(file.directory())
            : new SourceRequest.Commit(file.directory(), commit);
    return BuildRequest.builder(file.text(), pipeline, source)
        .parameters(parameters)
        .environment(environment)
        .stages(stages)
        .secrets(secrets)
        .options(running)
        .build();
  }

  /**
   * The secrets, with their values from the caller's environment.
   *
   * @throws CliException with every one that is missing or too short, not only the first
   */
  static List<Secret> secrets(ParseResult parsed, Invocation invocation) {
    List<Secret> secrets = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (String name : Arguments.values(parsed, SECRET)) {
      String value = invocation.environment().get(name);
      Problem problem = problem(name, value);
      if (problem != null) {
        problems.add(problem);
      } else if (value != null) {
        secrets.add(new Secret(name, value));
      }
    }
    if (!problems.isEmpty()) {
      throw new CliException(CliErrorCode.COMMAND_LINE, problems);
    }
    return secrets;
  }

  private static @Nullable Problem problem(String name, @Nullable String value) {
    if (name.indexOf('=') >= 0) {
      return Problem.of(
          "%s takes the name of a variable, not its value".formatted(SECRET),
          "A value here would be seen by every user of this machine, and kept by the shell.\n"
              + "Export the variable, then write '%s NAME'.".formatted(SECRET));
    }
    if (value == null) {
      return Problem.of(
          "%s %s: there is no variable '%s' here".formatted(SECRET, name, name),
          "Export it first.");
    }
    if (value.length() < Secret.MIN_LENGTH || value.length() > Secret.MAX_LENGTH) {
      return Problem.of(
          "%s %s: its value has %d characters, and only %d to %d can be masked"
              .formatted(SECRET, name, value.length(), Secret.MIN_LENGTH, Secret.MAX_LENGTH),
          "Use another value, or %s if it need not be hidden.".formatted(ENV));
    }
    return null;
  }

  private static SequencedMap<String, String> environment(
      ParseResult parsed, Invocation invocation) {
    SequencedMap<String, String> variables = new LinkedHashMap<>();
    Map<String, String> here = invocation.environment();
    for (String given : Arguments.values(parsed, ENV)) {
      int equals = given.indexOf('=');
      String name = equals < 0 ? given : given.substring(0, equals);
      String value = equals < 0 ? here.get(name) : given.substring(equals + 1);
      if (name.isEmpty() || value == null) {
        throw CliException.of(
            CliErrorCode.COMMAND_LINE,
            name.isEmpty()
                ? "%s cannot be '%s': it has no name".formatted(ENV, given)
                : "%s %s: there is no variable '%s' here".formatted(ENV, name, name),
            "Write it as %s NAME=VALUE, or export it first.".formatted(ENV));
      }
      if (!TextRule.VARIABLE.accepts(name)) {
        throw CliException.of(
            CliErrorCode.COMMAND_LINE,
            "%s cannot be '%s': '%s' is no name of a variable".formatted(ENV, given, name),
            "Use letters, digits and '_', and no digit at the start.");
      }
      variables.put(name, value);
    }
    return variables;
  }

  private static RunOptions running(ParseResult parsed, Invocation invocation) {
    RunOptions defaults = RunOptions.DEFAULTS;
    CapsPolicy caps = has(parsed, UNENFORCED) ? CapsPolicy.ANNOUNCE : defaults.capsPolicy();
    Execution execution = has(parsed, DRY_RUN) ? Execution.DRY_RUN : Execution.REAL;
    return new RunOptions(
        caps,
        parallel(parsed),
        defaults.grace(),
        defaults.outputLimitBytes(),
        execution,
        isolation(parsed),
        runtime(parsed),
        permissions(parsed, invocation));
  }

  /** What an option or the environment allows. */
  private static Permissions permissions(ParseResult parsed, Invocation invocation) {
    Permissions always = invocation.settings().permissions();
    List<Path> paths = new ArrayList<>(always.paths());
    for (String given : Arguments.values(parsed, PATH)) {
      Path path = invocation.resolve(given);
      if (!Files.exists(path)) {
        throw CliException.of(
            CliErrorCode.COMMAND_LINE,
            "%s cannot be '%s': there is no such file or directory".formatted(PATH, given),
            "Give the file, or a directory that it lies below.");
      }
      paths.add(path);
    }
    return new Permissions(
        has(parsed, HOST_NETWORK) ? HostNetwork.ALLOWED : always.hostNetwork(),
        has(parsed, NESTING) ? Nesting.ALLOWED : always.nesting(),
        paths,
        has(parsed, CHROOT) ? ChrootPolicy.ALLOW : always.chroots());
  }

  private static @Nullable Isolation isolation(ParseResult parsed) {
    String text =
        parsed.commandSpec().findOption(ISOLATION) == null
            ? null
            : Arguments.value(parsed, ISOLATION);
    if (text == null) {
      return null;
    }
    return switch (text) {
      case "container" -> Isolation.CONTAINER;
      case "vm" -> Isolation.VM;
      default ->
          throw CliException.of(
              CliErrorCode.COMMAND_LINE,
              "%s cannot be '%s'".formatted(ISOLATION, text),
              "Give 'container' or 'vm'.");
    };
  }

  private static @Nullable ContainerRuntime runtime(ParseResult parsed) {
    String text =
        parsed.commandSpec().findOption(RUNTIME) == null ? null : Arguments.value(parsed, RUNTIME);
    if (text == null) {
      return null;
    }
    if (isolation(parsed) == Isolation.VM) {
      throw CliException.of(
          CliErrorCode.COMMAND_LINE,
          "%s goes with containers, and not with '%s vm'".formatted(RUNTIME, ISOLATION),
          "A virtual machine makes its containers itself. Give one of the two.");
    }
    return switch (text) {
      case "crun" -> ContainerRuntime.CRUN;
      case "runc" -> ContainerRuntime.RUNC;
      default ->
          throw CliException.of(
              CliErrorCode.COMMAND_LINE,
              "%s cannot be '%s'".formatted(RUNTIME, text),
              "Give 'crun' or 'runc'.");
    };
  }

  private static int parallel(ParseResult parsed) {
    String text =
        parsed.commandSpec().findOption(PARALLEL) == null
            ? null
            : Arguments.value(parsed, PARALLEL);
    if (text == null) {
      return RunOptions.DEFAULTS.parallel();
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= RunOptions.PARALLEL_MAX) {
        return number;
      }
    } catch (NumberFormatException ignored) {
      // Told below, as a number out of range is.
    }
    throw CliException.of(
        CliErrorCode.COMMAND_LINE,
        "%s cannot be '%s'".formatted(PARALLEL, text),
        "Give a number from 1 to %d.".formatted(RunOptions.PARALLEL_MAX));
  }

  private static boolean has(ParseResult parsed, String option) {
    return parsed.commandSpec().findOption(option) != null && Arguments.flag(parsed, option);
  }
}
