package dev.stepbox.pipeline;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceText;
import dev.stepbox.pipeline.lint.Lint;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.schema.Limits;
import dev.stepbox.pipeline.yaml.PipelineReader;
import dev.stepbox.pipeline.yaml.PipelineReader.Reading;

/**
 * Reads pipelines. Total: for any bytes, it answers with a result and never throws; time and memory
 * are bounded by the size of the text and by {@link Limits}. Stateless and safe for any number of
 * threads.
 */
public final class PipelineParser {
  private PipelineParser() {}

  /** Reads a pipeline and reports everything that is wrong with it, in the order of the file. */
  public static ParseResult parse(SourceText source) {
    Findings found = new Findings(Limits.DIAGNOSTICS_MAX);
    Reading reading = PipelineReader.read(source, found);
    if (reading == null) {
      return new ParseResult.Rejected(found.sorted());
    }
    Pipeline pipeline = reading.pipeline();
    switch (reading.completeness()) {
      case WHOLE -> Lint.check(pipeline, Lint.Extent.WHOLE, found);
      case PARTIAL -> Lint.check(pipeline, Lint.Extent.PARTIAL, found);
    }
    return found.hasErrors()
        ? new ParseResult.Rejected(found.sorted())
        : new ParseResult.Parsed(pipeline, found.sorted());
  }
}
