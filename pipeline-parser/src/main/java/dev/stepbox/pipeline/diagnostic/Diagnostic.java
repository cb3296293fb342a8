package dev.stepbox.pipeline.diagnostic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong, or looks wrong, in a pipeline.
 *
 * @param message what is wrong, on which object; one line
 * @param label what stands at the range, shown beside the caret; may be empty
 * @param hint what to do about it
 * @param related other places that belong to it
 */
public record Diagnostic(
    DiagnosticCode code,
    String message,
    SourceRange range,
    String label,
    @Nullable String hint,
    List<Related> related) {

  public Diagnostic {
    if (message.isBlank()) {
      throw new IllegalArgumentException("a diagnostic needs a message");
    }
    // Pieces of the author's text may be part of any of them.
    message = Quotes.harmless(message);
    label = Quotes.harmless(label);
    hint = hint == null ? null : Quotes.harmless(hint);
    related = List.copyOf(related);
  }

  public Severity severity() {
    return code.severity();
  }

  /** Another place and what it has to do with the diagnostic. */
  public record Related(SourceRange range, String label) {
    public Related {
      label = Quotes.harmless(label);
    }
  }
}
