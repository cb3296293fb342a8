package dev.stepbox.pipeline.lint;

import dev.stepbox.pipeline.expand.Cells;
import dev.stepbox.pipeline.expand.StageNames;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Finds the stage of the top level to which a name belongs, be it a branch or a cell of it. */
final class StageIndex {
  private final List<Stage> stages;
  private final Map<String, Integer> positions = new HashMap<>();

  private StageIndex(List<Stage> stages) {
    this.stages = stages;
  }

  static StageIndex of(Pipeline pipeline) {
    StageIndex index = new StageIndex(pipeline.stages());
    for (int position = 0; position < index.stages.size(); position++) {
      Stage stage = index.stages.get(position);
      index.add(stage, stage.name(), position);
    }
    return index;
  }

  private void add(Stage stage, String name, int position) {
    if (positions.putIfAbsent(name, position) != null) {
      return;
    }
    switch (stage.body()) {
      case StageBody.Steps _ -> {}
      case StageBody.Parallel parallel -> {
        for (Stage branch : parallel.branches()) {
          add(branch, StageNames.ofBranch(name, branch.name()), position);
        }
      }
      case StageBody.Matrix matrix -> {
        for (SequencedMap<String, String> cell : Cells.of(matrix)) {
          positions.putIfAbsent(StageNames.ofCell(name, cell), position);
        }
      }
    }
  }

  List<Stage> stages() {
    return stages;
  }

  /** The position of the stage, counted from 0, or null if there is none of that name. */
  @Nullable Integer position(String name) {
    return positions.get(name);
  }
}
