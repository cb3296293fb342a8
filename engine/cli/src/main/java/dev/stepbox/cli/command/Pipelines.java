package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.pipeline.ParseResult;
import dev.stepbox.pipeline.PipelineParser;
import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter.Dress;
import dev.stepbox.pipeline.diagnostic.Severity;
import dev.stepbox.pipeline.model.Pipeline;
import java.util.List;

/** Parses a pipeline and tells what is wrong with it on standard error. */
final class Pipelines {

  private Pipelines() {}

  /**
   * The pipeline of a file; warnings are printed.
   *
   * @throws CliException code PIPELINE_INVALID after every error was printed
   */
  static Pipeline parse(Invocation invocation, PipelineFile file) {
    ParseResult result = PipelineParser.parse(file.source());
    print(invocation, file, result.diagnostics());
    return switch (result) {
      case ParseResult.Parsed parsed -> parsed.pipeline();
      case ParseResult.Rejected rejected -> throw invalid(file, rejected.diagnostics());
    };
  }

  static void print(Invocation invocation, PipelineFile file, List<Diagnostic> diagnostics) {
    if (diagnostics.isEmpty()) {
      return;
    }
    boolean coloured = invocation.errStyles().coloured();
    Dress dress = coloured ? Dress.COLOURED : Dress.PLAIN;
    invocation.err().println(DiagnosticPrinter.print(file.source(), diagnostics, dress));
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
