package dev.stepbox.engine.run;

import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.plan.TestPipeline;
import dev.stepbox.engine.plan.TestPipeline.Part;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.FileSelection;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import dev.stepbox.pipeline.model.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Small random pipelines in which there is everything that a pipeline can have. */
final class UnluckyPlans {

  private static final SourceRange AT = SourceRange.at(new SourceName("stepbox.yaml"), 1, 1);

  private final RandomGenerator random;
  private final TestPipeline pipeline = new TestPipeline();

  private UnluckyPlans(RandomGenerator random) {
    this.random = random;
  }

  static BuildPlan of(RandomGenerator random) {
    return new UnluckyPlans(random).plan();
  }

  private BuildPlan plan() {
    SequencedMap<String, List<String>> groups = new LinkedHashMap<>();
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      String name = "S" + i;
      var part = new Part(name).needs(needs(i)).steps(steps());
      if (random.nextInt(8) == 0) {
        part.skip();
      }
      if (random.nextInt(3) == 0) {
        part.group("G", random.nextBoolean() ? FailFast.ON : FailFast.OFF);
        groups.computeIfAbsent("G", _ -> new ArrayList<>()).add(name);
      }
      if (random.nextInt(6) == 0) {
        part.timeout(Duration.ofMillis(1 + random.nextInt(4_000)));
      }
      for (PostCondition condition : PostCondition.values()) {
        if (random.nextInt(5) == 0) {
          part.post(condition, "post");
        }
      }
      pipeline.add(part);
    }
    groups.forEach(this::follow);
    if (random.nextBoolean()) {
      pipeline.post(List.of(PostCondition.values()).get(random.nextInt(5)), "the end");
    }
    if (random.nextInt(5) == 0) {
      pipeline.timeout(Duration.ofSeconds(1 + random.nextInt(12)));
    }
    return pipeline.plan();
  }

  private String[] needs(int stage) {
    Set<String> needs = new TreeSet<>();
    for (int n = random.nextInt(3); n > 0 && stage > 0; n--) {
      needs.add("S" + random.nextInt(stage));
    }
    return needs.toArray(String[]::new);
  }

  private void follow(String group, List<String> branches) {
    if (random.nextBoolean()) {
      String name = group + " / (post)";
      pipeline.add(
          new Part(name)
              .afterBranches(group)
              .needs(branches.toArray(String[]::new))
              .post(List.of(PostCondition.values()).get(random.nextInt(5)), "post"));
      pipeline.stage("after " + group, name);
    }
  }

  private Step[] steps() {
    List<Step> steps = new ArrayList<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      steps.add(
          switch (random.nextInt(10)) {
            case 0 -> new Step.Checkout(new CheckoutSource.Scm(), null, AT);
            case 1 -> new Step.Archive(files("a.jar", "b.jar"), null, AT);
            case 2 -> new Step.Stash("stash", files("c.txt"), null, AT);
            case 3 -> new Step.Unstash("stash", null, AT);
            case 4 ->
                Step.Shell.builder("slow", AT)
                    .timeout(Duration.ofMillis(1 + random.nextInt(2_000)))
                    .build();
            default -> Step.Shell.builder("script", AT).build();
          });
    }
    return steps.toArray(Step[]::new);
  }

  private static FileSelection files(String... includes) {
    return new FileSelection(List.of(includes), List.of(), FileSelection.OnNothing.FAIL);
  }
}
