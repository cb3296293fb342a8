package dev.stepbox.pipeline.lint;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LIMIT;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.NO_CELLS;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_MANY_STAGES;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.expand.Cells;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import dev.stepbox.pipeline.schema.Limits;
import java.util.List;

/** The stages of a build can be counted, and every matrix has a cell. */
final class StageCountRule {
  private final Findings found;
  private boolean isFine = true;
  private int stages;
  private boolean isReported;

  private StageCountRule(Findings found) {
    this.found = found;
  }

  /** Whether there are few enough stages for the other rules. */
  static boolean check(Pipeline pipeline, Findings found) {
    StageCountRule rule = new StageCountRule(found);
    for (Stage stage : pipeline.stages()) {
      rule.check(stage);
    }
    return rule.isFine;
  }

  private void check(Stage stage) {
    switch (stage.body()) {
      case StageBody.Steps _ -> count(stage, 1);
      case StageBody.Parallel parallel -> {
        for (Stage branch : parallel.branches()) {
          check(branch);
        }
        if (!stage.post().isEmpty()) {
          count(stage, 1);
        }
      }
      case StageBody.Matrix matrix -> {
        int cells = Cells.combinations(matrix);
        if (cells > Limits.CELLS_MAX) {
          isFine = false;
          found.add(
              new Diagnostic(
                  LIMIT,
                  "the matrix of stage %s has %d cells, at most %d are allowed"
                      .formatted(quote(stage.name()), cells, Limits.CELLS_MAX),
                  stage.range(),
                  "this stage",
                  "excluded cells count, too: shorten the axes, or split the stage",
                  List.of()));
        } else {
          count(stage, cells);
          checkCells(stage, matrix);
        }
      }
    }
  }

  private void checkCells(Stage stage, StageBody.Matrix matrix) {
    if (isFine && Cells.of(matrix).isEmpty()) {
      found.add(
          new Diagnostic(
              NO_CELLS,
              "the matrix of stage %s has no cell left".formatted(quote(stage.name())),
              stage.range(),
              "every cell is excluded",
              "remove an exclude",
              List.of()));
    }
  }

  private void count(Stage stage, int more) {
    stages += more;
    if (stages > Limits.EXPANDED_STAGES_MAX) {
      isFine = false;
      if (!isReported) {
        isReported = true;
        found.add(
            new Diagnostic(
                TOO_MANY_STAGES,
                "the pipeline has more than %d stages".formatted(Limits.EXPANDED_STAGES_MAX),
                stage.range(),
                "too many with this one",
                "each branch, each cell of a matrix and 'post' of a parallel stage is a stage",
                List.of()));
      }
    }
  }
}
