package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox version}. */
final class VersionCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
            "version",
            "",
            "Print the version",
            "Prints the version of Stepbox, and of the Java and the kernel it runs on."),
        "stepbox version");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) {
    print(invocation);
    return ExitCode.OK;
  }

  static void print(Invocation invocation) {
    invocation
        .out()
        .println(
            "stepbox %s (Java %s, %s %s, %s)"
                .formatted(
                    number(),
                    System.getProperty("java.version"),
                    System.getProperty("os.name"),
                    System.getProperty("os.version"),
                    System.getProperty("os.arch")));
  }

  /** The version in the manifest of our jar; a class directory has none. */
  static String number() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    return version == null ? "(built without a version)" : version;
  }
}
