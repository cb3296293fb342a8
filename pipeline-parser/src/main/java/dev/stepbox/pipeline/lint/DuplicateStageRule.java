package dev.stepbox.pipeline.lint;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.DUPLICATE_STAGE;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.expand.Cells;
import dev.stepbox.pipeline.expand.StageNames;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Every stage, branch and cell has a name of its own. */
final class DuplicateStageRule {
  private final Findings found;
  private final Map<String, SourceRange> names = new HashMap<>();

  private DuplicateStageRule(Findings found) {
    this.found = found;
  }

  static void check(Pipeline pipeline, Findings found) {
    DuplicateStageRule rule = new DuplicateStageRule(found);
    for (Stage stage : pipeline.stages()) {
      rule.check(stage, stage.name());
    }
  }

  private void check(Stage stage, String name) {
    if (!add(name, stage.range())) {
      return; // its parts would be duplicates, too
    }
    switch (stage.body()) {
      case StageBody.Steps _ -> {}
      case StageBody.Parallel parallel -> {
        for (Stage branch : parallel.branches()) {
          check(branch, StageNames.ofBranch(name, branch.name()));
        }
        if (!stage.post().isEmpty()) {
          add(StageNames.ofPost(name), stage.range());
        }
      }
      case StageBody.Matrix matrix -> {
        for (SequencedMap<String, String> cell : Cells.of(matrix)) {
          add(StageNames.ofCell(name, cell), stage.range());
        }
      }
    }
  }

  private boolean add(String name, SourceRange range) {
    SourceRange first = names.putIfAbsent(name, range);
    if (first != null) {
      found.add(
          new Diagnostic(
              DUPLICATE_STAGE,
              "two stages are called %s".formatted(quote(name)),
              range,
              "second one",
              "give each stage a name of its own",
              List.of(new Diagnostic.Related(first, "first one"))));
    }
    return first == null;
  }
}
