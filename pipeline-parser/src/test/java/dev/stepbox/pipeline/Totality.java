package dev.stepbox.pipeline;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter.Dress;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.diagnostic.SourceText;
import dev.stepbox.pipeline.expand.ExpandResult;
import dev.stepbox.pipeline.expand.Expander;
import dev.stepbox.pipeline.expand.WhenContext;
import dev.stepbox.pipeline.schema.Limits;
import java.util.List;

/** What holds for any bytes whatsoever. */
final class Totality {
  private static final SourceName FILE = new SourceName("stepbox.yaml");

  /** Reads, expands and prints; throws if anything but a result comes out. */
  static ParseResult check(byte[] bytes) {
    SourceText source = SourceText.of(FILE, bytes);
    ParseResult result = PipelineParser.parse(source);
    check(source, result.diagnostics());
    if (result instanceof ParseResult.Parsed parsed
        && Expander.expand(parsed.pipeline(), WhenContext.EMPTY)
            instanceof ExpandResult.Rejected rejected) {
      check(source, rejected.diagnostics());
    }
    return result;
  }

  private static void check(SourceText source, List<Diagnostic> diagnostics) {
    if (diagnostics.size() > 2 * Limits.DIAGNOSTICS_MAX) {
      throw new AssertionError(diagnostics.size() + " diagnostics");
    }
    for (Diagnostic diagnostic : diagnostics) {
      check(source, diagnostic.range());
      diagnostic.related().forEach(related -> check(source, related.range()));
    }
    String printed = DiagnosticPrinter.print(source, diagnostics, Dress.PLAIN);
    for (int at = 0; at < printed.length(); at++) {
      char character = printed.charAt(at);
      if (Character.isISOControl(character) && character != '\n' && character != '\t') {
        throw new AssertionError("control character %x in: %s".formatted((int) character, printed));
      }
    }
  }

  private static void check(SourceText source, SourceRange range) {
    if (range.startLine() > source.size() + 1 || range.startColumn() > source.size() + 1) {
      throw new AssertionError("a place outside the text: " + range);
    }
  }

  private Totality() {}
}
