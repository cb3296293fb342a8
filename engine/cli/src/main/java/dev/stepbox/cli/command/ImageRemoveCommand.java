package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.wiring.Assembly;
import dev.stepbox.engine.Execution;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code stepbox image rm}. */
final class ImageRemoveCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "image rm",
                "NAME...",
                "Forget images",
                "Takes the names away. The space comes back with 'stepbox cache prune', unless",
                "another image or a kept build needs the layers.")
            .addPositional(Specs.some("NAME", "Names of images.")),
        "stepbox image rm debian:bookworm");
  }

  @Override
  public ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException {
    try (Assembly assembly = Assembly.of(invocation.surroundings(), Execution.REAL)) {
      for (String name : Arguments.all(arguments)) {
        assembly.layerCache().images().remove(ImageImportCommand.name(name));
        invocation.out().println("removed " + name);
      }
    }
    return ExitCode.OK;
  }
}
