package dev.stepbox.pipeline.expand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.DataSize;
import dev.stepbox.pipeline.model.Need;
import dev.stepbox.pipeline.model.Options;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.model.Stage;
import dev.stepbox.pipeline.model.StageBody;
import dev.stepbox.pipeline.model.StageBody.FailFast;
import dev.stepbox.pipeline.model.Step;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExpanderTest {
  private static final SourceName FILE = new SourceName("stepbox.yaml");
  private static final SourceRange HERE = SourceRange.at(FILE, 3, 5);
  private static final StageBody.Steps STEPS =
      new StageBody.Steps(List.of(Step.Shell.builder("make", HERE).build()));

  private static Stage.Builder stage(String name) {
    return Stage.builder(name, HERE, STEPS);
  }

  private static ConcretePipeline expand(Pipeline.Builder pipeline) {
    ExpandResult result = Expander.expand(pipeline.build(), WhenContext.EMPTY);
    assertThat(result).isInstanceOf(ExpandResult.Expanded.class);
    return ((ExpandResult.Expanded) result).pipeline();
  }

  private static SequencedMap<String, String> variables(String name, String value) {
    SequencedMap<String, String> variables = new LinkedHashMap<>();
    variables.put(name, value);
    return variables;
  }

  @Test
  void capsAreInheritedKeyByKey() {
    Caps outer = new Caps(null, DataSize.ofGibibytes(4), 100, null);
    Caps inner = new Caps(null, null, 50, null);
    ConcretePipeline pipeline =
        expand(Pipeline.builder(FILE, List.of(stage("A").caps(inner).build())).caps(outer));
    assertThat(pipeline.stages().getFirst().steps().getFirst().caps())
        .isEqualTo(new Caps(null, DataSize.ofGibibytes(4), 50, DataSize.ofGibibytes(10)));
  }

  @Test
  void aTimeoutOfAGroupHoldsForEachBranch() {
    Stage slow = stage("slow").options(new Options(Duration.ofHours(2))).build();
    Stage quick = stage("quick").options(new Options(Duration.ofMinutes(1))).build();
    Stage group =
        Stage.builder("P", HERE, new StageBody.Parallel(List.of(slow, quick), FailFast.ON))
            .options(new Options(Duration.ofHours(1)))
            .build();
    assertThat(expand(Pipeline.builder(FILE, List.of(group))).stages())
        .extracting(ConcreteStage::timeout)
        .containsExactly(Duration.ofHours(1), Duration.ofMinutes(1));
  }

  @Test
  void stagesThatAddNothingShareTheirVariables() {
    List<Stage> stages =
        IntStream.range(0, 100).mapToObj(number -> stage("s" + number).build()).toList();
    ConcretePipeline pipeline =
        expand(Pipeline.builder(FILE, stages).environment(variables("A", "1")));
    assertThat(pipeline.stages())
        .allSatisfy(stage -> assertThat(stage.environment()).isSameAs(pipeline.environment()));
  }

  @Test
  void expandingTwiceGivesTheSame() {
    Pipeline.Builder pipeline =
        Pipeline.builder(FILE, List.of(stage("A").build(), stage("B").build()));
    assertThat(expand(pipeline)).isEqualTo(expand(pipeline));
  }

  @Test
  void aPipelineThatDidNotPassTheParserIsRefusedWhenItRefersToNothing() {
    Stage lost = stage("A").needs(List.of(new Need("B", HERE))).build();
    Pipeline unknownNeed = Pipeline.builder(FILE, List.of(lost)).build();
    assertThatThrownBy(() -> Expander.expand(unknownNeed, WhenContext.EMPTY))
        .hasMessageContaining("no stage is called 'B'");
    Pipeline unknownVariable =
        Pipeline.builder(FILE, List.of(stage("A").build()))
            .environment(variables("A", "${B}"))
            .build();
    assertThatThrownBy(() -> Expander.expand(unknownVariable, WhenContext.EMPTY))
        .hasMessageContaining("refers to 'B'");
  }
}
