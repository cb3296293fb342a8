package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.pipeline.ParseResult;
import dev.stepbox.pipeline.PipelineParser;
import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.SourceRange;
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
      invocation.out().println(json(file, result));
      return rejected ? ExitCode.INVALID_PIPELINE : ExitCode.OK;
    }
    Pipelines.print(invocation, file, result.diagnostics());
    if (rejected) {
      throw Pipelines.invalid(file, result.diagnostics());
    }
    invocation.out().println(file.source().name() + " is valid");
    return ExitCode.OK;
  }

  private static String json(PipelineFile file, ParseResult result) {
    JsonWriter json = new JsonWriter();
    json.beginObject()
        .field("file", file.source().name().value())
        .field("valid", result instanceof ParseResult.Parsed);
    json.name("diagnostics").beginArray();
    for (Diagnostic found : result.diagnostics()) {
      SourceRange range = found.range();
      json.beginObject()
          .field("code", found.code().id())
          .field("severity", found.severity().word())
          .field("message", found.message())
          .field("hint", found.hint())
          .field("line", range.startLine())
          .field("column", range.startColumn())
          .field("endLine", range.endLine())
          .field("endColumn", range.endColumn())
          .endObject();
    }
    return json.endArray().endObject().toString();
  }
}
