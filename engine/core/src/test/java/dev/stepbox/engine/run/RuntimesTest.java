package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.BuildRequest;
import dev.stepbox.engine.ContainerRuntime;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.engine.home.StoredRequest;
import dev.stepbox.engine.plan.BuildPlan;
import dev.stepbox.engine.testing.TestEngine;
import dev.stepbox.pipeline.model.Isolation;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimesTest {
  private static final String PIPELINE =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps: [{sh: make}]
        - stage: Try
          isolation: vm
          steps: [{sh: ./it}]
      """;
  private static final String NESTED =
      """
      stepbox: 1
      stages:
        - stage: Image
          steps: [{sh: true}, {sh: buildah build, nesting: true}]
      """;

  @TempDir private Path directory;

  private static RunOptions options(@Nullable Isolation isolation) {
    RunOptions usual = RunOptions.DEFAULTS;
    return new RunOptions(
        usual.capsPolicy(),
        usual.parallel(),
        usual.grace(),
        usual.outputLimitBytes(),
        usual.execution(),
        isolation,
        ContainerRuntime.CRUN,
        usual.permissions());
  }

  private BuildPlan plan(String... stages) throws InterruptedException {
    return planOf(PIPELINE, stages);
  }

  private BuildPlan planOf(String pipeline, String... stages) throws InterruptedException {
    BuildRequest request = TestEngine.request(pipeline, directory).stages(List.of(stages)).build();
    try (LocalEngine engine = TestEngine.open(directory.resolve("home"), () -> Instant.EPOCH)) {
      return engine.plan(request);
    }
  }

  @Test
  void aStageThatWantsAVirtualMachineIsRefused() throws InterruptedException {
    BuildPlan plan = plan();
    assertThatThrownBy(() -> Runtimes.requireContainers(plan, options(null)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageStartingWith("cannot run stage 'Try' with --runtime crun: it wants a virtual")
        .hasMessageContaining("--isolation container");
  }

  @Test
  void aStepThatNestsIsRefused() throws InterruptedException {
    BuildPlan plan = planOf(NESTED);
    assertThatThrownBy(() -> Runtimes.requireContainers(plan, options(Isolation.CONTAINER)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageStartingWith("cannot run step 'Image/2' with --runtime crun: it wants to make")
        .hasMessageContaining("Leave --runtime out");
    Runtimes.requireContainers(plan, RunOptions.DEFAULTS);
  }

  @Test
  void whereAllAreContainersNothingIsRefused() throws InterruptedException {
    Runtimes.requireContainers(plan(), options(Isolation.CONTAINER));
    Runtimes.requireContainers(plan("Build"), options(null));
    Runtimes.requireContainers(plan(), RunOptions.DEFAULTS);
  }

  @Test
  void aBuildThatIsCarriedOnGoesThroughTheSameRuntime() {
    Path file = directory.resolve("request.json");
    var stored =
        new StoredRequest(
            "stepbox.yaml",
            new SourceRequest.WorkingTree(directory),
            null,
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            List.of(),
            List.of(),
            options(null));
    stored.write(file);
    assertThat(StoredRequest.read(file).options().runtime()).isEqualTo(ContainerRuntime.CRUN);
  }
}
