package dev.stepbox.cli.command;

import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.pipeline.ParseResult;
import dev.stepbox.pipeline.PipelineParser;
import picocli.CommandLine.Model.CommandSpec;

/** {@code stepbox lint}. */
final class LintCommand implements Command {

  @Override
  public CommandSpec spec() {
    return Specs.finish(
        Specs.command(
                "lint",
                "[OPTIONS] [DIR]",
                "Check a pipeline without planning or running it",
                "Reads DIR/stepbox.yaml and reports everything that is wrong with it, each with",
                "its place, its reason and what to do. Exit code 3 if there is an error; a",
                "warning alone is none.")
            .addPositional(Specs.optional(0, "DIR", "Where stepbox.yaml is (default: here)."))
            .addOption(Specs.output("one object with all diagnostics")),
        "stepbox lint",
        "stepbox lint examples/graph --output json");
  }

  @Override
  public ExitCode run(picocli.CommandLine.ParseResult arguments, Invocation invocation) {
    OutputForm form = Arguments.output(arguments, invocation);
    PipelineFile file = PipelineFile.read(invocation, Arguments.optional(arguments, 0));
    ParseResult result = PipelineParser.parse(file.source());
    boolean rejected = result instanceof ParseResult.Rejected;
    if (form == OutputForm.JSON) {
      invocation.out().println(Pipelines.json(file, result));
      return rejected ? ExitCode.INVALID_PIPELINE : ExitCode.OK;
    }
    Pipelines.print(invocation, file, result.diagnostics());
    if (rejected) {
      throw Pipelines.invalid(file, result.diagnostics());
    }
    invocation.out().println(file.source().name() + " is valid");
    return ExitCode.OK;
  }
}
