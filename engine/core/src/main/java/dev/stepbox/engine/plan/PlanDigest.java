package dev.stepbox.engine.plan;

import dev.stepbox.pipeline.expand.ConcretePipeline;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Tells one plan from another, so that a build is not resumed with a plan that another version of
 * the program makes of the same pipeline. A checksum: it guards against change, not against malice.
 */
final class PlanDigest {

  private static final int CHUNK = 8192;

  private final StringBuilder text = new StringBuilder(CHUNK);
  private final CRC32C checksum = new CRC32C();

  private PlanDigest() {}

  static String of(
      ConcretePipeline pipeline,
      List<PlannedStage> stages,
      @Nullable PlannedStage post,
      List<String> selected) {
    var digest = new PlanDigest();
    digest.add("stepbox plan 1");
    pipeline.parameters().forEach((name, value) -> digest.add(name).add(value));
    digest.add(stages.size());
    stages.forEach(digest::add);
    if (post != null) {
      digest.add(post);
    }
    digest.add(selected.size());
    selected.forEach(digest::add);
    digest.flush();
    return HexFormat.of().toHexDigits((int) digest.checksum.getValue());
  }

  private void add(PlannedStage stage) {
    add(stage.id()).add(stage.name()).add(stage.runs() ? "run" : "skip").add(stage.kind().name());
    add(stage.needs().size());
    stage.needs().forEach(this::add);
    add(stage.image().toString());
    stage.environment().forEach((name, value) -> add(name).add(value));
    add(stage.steps().size());
    for (PlannedStep step : stage.steps()) {
      add(step.kind()).add(step.label()).add(step.step().image().toString());
      step.step().environment().forEach((name, value) -> add(name).add(value));
    }
  }

  private PlanDigest add(int number) {
    text.append(number).append(';');
    return this;
  }

  /** With its length in front, so that no two lists of texts look the same. */
  private PlanDigest add(String part) {
    text.append(part.length()).append(':').append(part).append(';');
    if (text.length() > CHUNK) {
      flush();
    }
    return this;
  }

  private void flush() {
    checksum.update(text.toString().getBytes(StandardCharsets.UTF_8));
    text.setLength(0);
  }
}
