package dev.stepbox.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.event.SkipReason;
import dev.stepbox.engine.plan.TestPipeline.Part;
import dev.stepbox.pipeline.expand.ConcretePipeline;
import dev.stepbox.pipeline.model.PostCondition;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class PlannerTest {

  private static final ConcretePipeline DIAMOND =
      new TestPipeline()
          .stage("Build")
          .add(new Part("Test / unit").needs("Build").group("Test", FailFast.OFF))
          .add(new Part("Test / lint").needs("Build").group("Test", FailFast.OFF))
          .stage("Package", "Test / unit", "Test / lint")
          .stage("Docs")
          .build();

  @Test
  void withoutASelectionEveryStageRuns() {
    BuildPlan plan = Planner.plan(DIAMOND, List.of());
    assertThat(plan.stages()).allMatch(PlannedStage::runs).hasSize(5);
    assertThat(plan.post()).isNull();
    assertThat(plan.stepCount()).isEqualTo(5);
  }

  @Test
  void aSelectedStageRunsWithWhatItNeedsAndNothingElse() {
    BuildPlan plan = Planner.plan(DIAMOND, List.of("Test / lint"));
    assertThat(names(plan)).containsExactly("Build", "Test / lint");
    assertThat(plan.stages().getLast().decision())
        .asInstanceOf(InstanceOfAssertFactories.type(StageDecision.Skip.class))
        .extracting(StageDecision.Skip::reason)
        .isEqualTo(SkipReason.NOT_SELECTED);
  }

  @Test
  void aGroupIsSelectedByItsName() {
    assertThat(names(Planner.plan(DIAMOND, List.of("Test"))))
        .containsExactly("Build", "Test / unit", "Test / lint");
  }

  private static List<String> names(BuildPlan plan) {
    return plan.stages().stream().filter(PlannedStage::runs).map(PlannedStage::name).toList();
  }

  @Test
  void anUnknownStageIsAnsweredWithTheNearestName() {
    assertThatThrownBy(() -> Planner.plan(DIAMOND, List.of("buidl")))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "cannot select stage 'buidl': 'stepbox.yaml' has no such stage."
                + " Did you mean 'Build'? 'stepbox plan' lists them.")
        .extracting(thrown -> ((EngineException) thrown).code())
        .isEqualTo(ErrorCode.UNKNOWN_STAGE);
    assertThatThrownBy(() -> Planner.plan(DIAMOND, List.of("nothing like it")))
        .hasMessage(
            "cannot select stage 'nothing like it': 'stepbox.yaml' has no such stage."
                + " 'stepbox plan' lists them.");
  }

  @Test
  void aConditionThatDoesNotHoldIsToldWithWhatItSaw() {
    BuildPlan plan = new TestPipeline().add(new Part("Deploy").skip()).plan();
    assertThat(plan.stages().getFirst().decision())
        .asInstanceOf(InstanceOfAssertFactories.type(StageDecision.Skip.class))
        .extracting(StageDecision.Skip::because)
        .isEqualTo("when: branch matches 'main', but branch is 'feature/x'");
  }

  @Test
  void aCircleIsNamed() {
    var circle = new TestPipeline().stage("A").stage("B", "D", "A").stage("C", "B").stage("D", "C");
    assertThatThrownBy(circle::plan)
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("its stages need each other in a circle: B → D → C → B");
  }

  @Test
  void aNeedThatDoesNotExistIsNamed() {
    var dangling = new TestPipeline().stage("A", "Z");
    assertThatThrownBy(dangling::plan).hasMessageContaining("stage 'A' needs 'Z', which does not");
  }

  @Test
  void stepsAreNumberedThroughPostConditionsInTheirOrder() {
    BuildPlan plan =
        new TestPipeline()
            .add(
                new Part("Build")
                    .scripts("one", "two")
                    .post(PostCondition.CLEANUP, "clean")
                    .post(PostCondition.ALWAYS, "report", "mail"))
            .plan();
    assertThat(plan.stages().getFirst().steps())
        .extracting(step -> step.index() + " " + step.key() + " " + step.label())
        .containsExactly(
            "0 Build/1 one",
            "1 Build/2 two",
            "2 Build/always/1 report",
            "3 Build/always/2 mail",
            "4 Build/cleanup/1 clean");
  }

  @Test
  void thePipelinesPostBlockIsALastStage() {
    BuildPlan plan =
        new TestPipeline().stage("A").stage("B").post(PostCondition.FAILURE, "notify").plan();
    PlannedStage post = plan.byName().lastEntry().getValue();
    assertThat(post.name()).isEqualTo(BuildPlan.POST_STAGE);
    assertThat(post.needs()).containsExactly("A", "B");
    assertThat(post.steps()).hasSize(1);
  }

  @Test
  void idsAreFileNamesThatAPersonCanRead() {
    BuildPlan plan =
        new TestPipeline()
            .stage("Test [JDK=17, DB=h2]")
            .stage("../../etc/passwd")
            .stage("测试")
            .plan();
    assertThat(plan.stages())
        .extracting(PlannedStage::id)
        .containsExactly("1-test-jdk-17-db-h2", "2-etc-passwd", "3");
  }

  @Test
  void equalInputsGiveEqualDigestsAndOthersDoNot() {
    BuildPlan plan = Planner.plan(DIAMOND, List.of());
    assertThat(Planner.plan(DIAMOND, List.of()).digest()).isEqualTo(plan.digest());
    assertThat(Planner.plan(DIAMOND, List.of("Build")).digest()).isNotEqualTo(plan.digest());
    assertThat(new TestPipeline().stage("Build").plan().digest()).isNotEqualTo(plan.digest());
  }

  @Test
  void aStageHasALimitedNumberOfSteps() {
    String[] scripts = new String[Assignment.MAX_STEPS];
    java.util.Arrays.fill(scripts, "true");
    assertThat(new TestPipeline().add(new Part("A").scripts(scripts)).plan().stepCount())
        .isEqualTo(Assignment.MAX_STEPS);
    var over =
        new TestPipeline().add(new Part("A").scripts(scripts).post(PostCondition.ALWAYS, "x"));
    assertThatThrownBy(over::plan)
        .hasMessage(
            "cannot plan stage 'A': it has 10001 steps, the limit is 10000. Split the stage.");
  }

  @Test
  void aBuildHasALimitedNumberOfSteps() {
    String[] scripts = new String[Assignment.MAX_STEPS];
    java.util.Arrays.fill(scripts, "true");
    var pipeline = new TestPipeline();
    for (int i = 0; i < 10; i++) {
      pipeline.add(new Part("S" + i).scripts(scripts));
    }
    assertThat(pipeline.plan().stepCount()).isEqualTo(Planner.STEPS_MAX);
    pipeline.stage("one more");
    assertThatThrownBy(pipeline::plan)
        .hasMessageContaining("it has 100001 steps, the limit is 100000");
  }

  @Test
  void aBuildHasALimitedNumberOfNeeds() {
    var pipeline = new TestPipeline();
    String[] thousand = new String[1000];
    for (int i = 0; i < 1000; i++) {
      thousand[i] = "A" + i;
      pipeline.stage(thousand[i]);
    }
    for (int i = 0; i < 1000; i++) {
      pipeline.stage("B" + i, thousand);
    }
    assertThat(pipeline.plan().stages()).hasSize(2000);
    pipeline.stage("C", "B1");
    assertThatThrownBy(pipeline::plan)
        .hasMessageContaining("1000001 needs together, the limit is 1000000");
  }
}
