package dev.stepbox.pipeline;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.Severity;
import dev.stepbox.pipeline.model.Pipeline;
import java.util.List;

/** What came of {@code PipelineParser.parse(SourceText)}. */
public sealed interface ParseResult {
  /** Everything that was found, in the order of the file. */
  List<Diagnostic> diagnostics();

  /** The text is a pipeline; the warnings do not hinder its use. */
  record Parsed(Pipeline pipeline, List<Diagnostic> warnings) implements ParseResult {
    public Parsed {
      warnings = List.copyOf(warnings);
      if (hasError(warnings)) {
        throw new IllegalArgumentException("a parsed pipeline has no errors, got " + warnings);
      }
    }

    @Override
    public List<Diagnostic> diagnostics() {
      return warnings;
    }
  }

  /** The text is no pipeline; at least one diagnostic is an error. */
  record Rejected(List<Diagnostic> diagnostics) implements ParseResult {
    public Rejected {
      diagnostics = List.copyOf(diagnostics);
      if (!hasError(diagnostics)) {
        throw new IllegalArgumentException("a rejected pipeline has an error, got " + diagnostics);
      }
    }
  }

  private static boolean hasError(List<Diagnostic> diagnostics) {
    for (Diagnostic diagnostic : diagnostics) {
      if (diagnostic.severity() == Severity.ERROR) {
        return true;
      }
    }
    return false;
  }
}
