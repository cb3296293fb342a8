package dev.stepbox.cli.command;

import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.cli.config.Settings.OutputForm;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.pipeline.ParseResult;
import dev.stepbox.pipeline.PipelineParser;
import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter.Dress;
import dev.stepbox.pipeline.diagnostic.Severity;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.Pipeline;
import java.util.List;

/** Parses a pipeline and tells what is wrong with it on standard error. */
final class Pipelines {

  private Pipelines() {}

  /**
   * The pipeline of a file; warnings are printed, before anything that is done with it.
   *
   * @param form in which errors are told
   * @throws CliException code PIPELINE_INVALID after every error was printed
   */
  static Pipeline parse(Invocation invocation, PipelineFile file, OutputForm form) {
    ParseResult result = PipelineParser.parse(file.source());
    return switch (result) {
      case ParseResult.Parsed parsed -> {
        print(invocation, file, parsed.warnings());
        yield parsed.pipeline();
      }
      case ParseResult.Rejected rejected -> {
        switch (form) {
          case JSON -> invocation.out().println(json(file, result));
          case TEXT -> print(invocation, file, rejected.diagnostics());
        }
        throw invalid(file, rejected.diagnostics());
      }
    };
  }

  static void print(Invocation invocation, PipelineFile file, List<Diagnostic> diagnostics) {
    if (diagnostics.isEmpty()) {
      return;
    }
    boolean coloured = invocation.errStyles().coloured();
    Dress dress = coloured ? Dress.COLOURED : Dress.PLAIN;
    invocation.err().println(DiagnosticPrinter.print(file.source(), diagnostics, dress));
    invocation.err().flush();
  }

  /** What is wrong with a pipeline, as an object. */
  static String json(PipelineFile file, ParseResult result) {
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

  static CliException invalid(PipelineFile file, List<Diagnostic> diagnostics) {
    long errors = diagnostics.stream().filter(d -> d.severity() == Severity.ERROR).count();
    return new CliException(
        CliErrorCode.PIPELINE_INVALID,
        Problem.of(
            "%s has %d %s"
                .formatted(file.source().name(), errors, errors == 1 ? "error" : "errors")),
        null);
  }
}
