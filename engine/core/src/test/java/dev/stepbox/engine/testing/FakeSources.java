package dev.stepbox.engine.testing;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.scm.SourceOrder;
import dev.stepbox.engine.scm.SourceTrees;
import java.nio.file.Path;

/** Source trees without files, on branch main. */
public final class FakeSources implements SourceTrees {

  private static final Origin ORIGIN = new Origin("c0ffee".repeat(6) + "c0ff", "main");

  @Override
  public Origin look(SourceRequest request) {
    return ORIGIN;
  }

  @Override
  public Taken take(SourceOrder order, Path into) {
    if (order instanceof SourceOrder.Other other && other.repository().url().contains("missing")) {
      throw new EngineException(
          ErrorCode.SOURCE_UNAVAILABLE, "cannot fetch '%s'".formatted(order.describe()));
    }
    if (order instanceof SourceOrder.Other other && other.repository().url().contains("nowhere")) {
      throw new EngineException(ErrorCode.CANNOT_ISOLATE, "cannot keep a source tree");
    }
    return new Taken(ORIGIN, 3, 42);
  }
}
