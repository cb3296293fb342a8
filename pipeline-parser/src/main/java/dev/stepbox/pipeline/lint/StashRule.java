package dev.stepbox.pipeline.lint;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.STASH_OVERWRITTEN;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.UNKNOWN_STASH;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.UNUSED_STASH;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.Suggestions;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Post;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import dev.stepbox.pipeline.model.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is unstashed is stashed somewhere, and the other way round. */
final class StashRule {
  private final Findings found;
  private final Map<String, Step.Stash> stashes = new LinkedHashMap<>();
  private final Map<String, Step.Unstash> unstashes = new LinkedHashMap<>();
  private final List<Step.Unstash> allUnstashes = new ArrayList<>();

  private StashRule(Findings found) {
    this.found = found;
  }

  static void check(Pipeline pipeline, Findings found) {
    StashRule rule = new StashRule(found);
    for (Stage stage : pipeline.stages()) {
      rule.collect(stage);
    }
    rule.collect(pipeline.post(), null);
    rule.report();
  }

  private void collect(Stage stage) {
    switch (stage.body()) {
      case StageBody.Steps steps -> collect(steps.steps(), null);
      case StageBody.Parallel parallel -> parallel.branches().forEach(this::collect);
      case StageBody.Matrix matrix -> collect(matrix.steps().steps(), stage);
    }
    collect(stage.post(), stage.body() instanceof StageBody.Matrix ? stage : null);
  }

  private void collect(Post post, @Nullable Stage matrix) {
    for (List<Step> steps : post.steps().values()) {
      collect(steps, matrix);
    }
  }

  private void collect(List<Step> steps, @Nullable Stage matrix) {
    for (Step step : steps) {
      switch (step) {
        case Step.Stash stash -> add(stash, matrix);
        case Step.Unstash unstash -> {
          unstashes.putIfAbsent(unstash.stash(), unstash);
          allUnstashes.add(unstash);
        }
        case Step.Shell _, Step.Checkout _, Step.Archive _ -> {}
      }
    }
  }

  private void add(Step.Stash stash, @Nullable Stage matrix) {
    Step.Stash first = stashes.putIfAbsent(stash.stash(), stash);
    if (first != null) {
      found.add(
          new Diagnostic(
              STASH_OVERWRITTEN,
              "two steps make the stash %s, and the later one wins".formatted(quote(stash.stash())),
              stash.range(),
              "second one",
              "give each stash a name of its own",
              List.of(new Diagnostic.Related(first.range(), "first one"))));
    } else if (matrix != null) {
      found.add(
          new Diagnostic(
              STASH_OVERWRITTEN,
              "every cell of the matrix makes the stash %s, and the last one wins"
                  .formatted(quote(stash.stash())),
              stash.range(),
              "once for each cell",
              "stash in a stage without a matrix, or archive the files",
              List.of(new Diagnostic.Related(matrix.range(), "this stage has a matrix"))));
    }
  }

  private void report() {
    for (Step.Unstash unstash : allUnstashes) {
      if (!stashes.containsKey(unstash.stash())) {
        String nearest = Suggestions.nearest(unstash.stash(), stashes.keySet());
        found.add(
            new Diagnostic(
                UNKNOWN_STASH,
                "no step makes the stash %s".formatted(quote(unstash.stash())),
                unstash.range(),
                "nothing to bring back",
                nearest == null ? null : "did you mean '" + nearest + "'?",
                List.of()));
      }
    }
    for (Step.Stash stash : stashes.values()) {
      if (!unstashes.containsKey(stash.stash())) {
        found.add(
            new Diagnostic(
                UNUSED_STASH,
                "no step brings back the stash %s".formatted(quote(stash.stash())),
                stash.range(),
                "never used",
                "a stash ends with the build; 'archive' keeps files",
                List.of()));
      }
    }
  }
}
