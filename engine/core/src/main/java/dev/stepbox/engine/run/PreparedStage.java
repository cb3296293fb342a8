package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.Source;
import dev.stepbox.agent.protocol.StepProgress;
import dev.stepbox.engine.EngineException;
import dev.stepbox.pipeline.model.ImageRef;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a stage needs beside its plan to be handed to a worker.
 *
 * @param base what it starts from
 * @param images of its steps, by what the pipeline calls them
 * @param source the build's own source tree; null when the build takes none
 * @param checkouts the tree of each checkout step, by the step's index
 * @param missing why there is no tree for a checkout step, by the step's index
 * @param conflict why the branches that a post block follows cannot be put together; null when they
 *     can
 * @param known what is known of its steps; empty for a stage that has not begun
 */
record PreparedStage(
    Snapshot base,
    Map<ImageRef, RootImage> images,
    @Nullable Source source,
    Map<Integer, Source> checkouts,
    SortedMap<Integer, EngineException> missing,
    @Nullable String conflict,
    List<StepProgress> known) {
  PreparedStage {
    images = Map.copyOf(images);
    checkouts = Map.copyOf(checkouts);
    missing = Collections.unmodifiableSortedMap(new TreeMap<>(missing));
    known = List.copyOf(known);
  }
}
