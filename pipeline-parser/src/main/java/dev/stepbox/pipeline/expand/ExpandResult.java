package dev.stepbox.pipeline.expand;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import java.util.List;

/** What came of {@code Expander.expand(Pipeline, WhenContext)}. */
public sealed interface ExpandResult {
  /** The stages of the build. */
  record Expanded(ConcretePipeline pipeline) implements ExpandResult {}

  /**
   * What was given for this build does not fit the pipeline (a parameter that it does not have, an
   * image name that became empty…).
   */
  record Rejected(List<Diagnostic> diagnostics) implements ExpandResult {
    public Rejected {
      diagnostics = List.copyOf(diagnostics);
      if (diagnostics.isEmpty()) {
        throw new IllegalArgumentException("a rejection needs a reason");
      }
    }
  }
}
