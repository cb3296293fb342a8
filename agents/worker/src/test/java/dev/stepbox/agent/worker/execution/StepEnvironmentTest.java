package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.PostCondition;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.Source;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.worker.workspace.ImageProfile;
import dev.stepbox.isolation.StepUser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StepEnvironmentTest {
  private static final Demands DEMANDS =
      new Demands(
          Set.of(),
          Set.of(),
          Demands.HostImage.USED,
          Set.of(Isolation.CONTAINER),
          CapsPolicy.REQUIRE);

  private static final Action.Shell SHELL =
      new Action.Shell(
          "true",
          Interpreter.SH,
          null,
          Caps.none(),
          null,
          List.of(),
          NetworkMode.NONE,
          Terminal.NONE,
          Nesting.NONE);

  private static StepAssignment step(int index, Map<String, String> environment) {
    return new StepAssignment(
        index, "label", new Position("f", 1), new LinkedHashMap<>(environment), SHELL);
  }

  private static Map<String, String> environment(
      Map<String, String> image, Map<String, String> stage, Map<String, String> step) {
    StepAssignment own = step(1, step);
    return environment(own, List.of(step(0, Map.of()), own), Map.of(), image, stage);
  }

  private static Map<String, String> environment(
      StepAssignment step,
      List<StepAssignment> steps,
      Map<PostCondition, List<StepAssignment>> post,
      Map<String, String> image,
      Map<String, String> stage) {
    Assignment assignment =
        Assignment.builder(new AttemptId("17", "3-test", 1), DEMANDS, Snapshot.of(RootImage.host()))
            .stageName("Test [JDK=17]")
            .source(new Source("layer", "c0ffee", "main"))
            .environment(new LinkedHashMap<>(stage))
            .secrets(List.of(new Secret("TOKEN", "secret")))
            .steps(steps)
            .post(post)
            .build();
    return StepEnvironment.of(
        assignment,
        step,
        SHELL,
        new ImageProfile(new LinkedHashMap<>(image), StepUser.ROOT, "/root"));
  }

  @Test
  void aPostStepHasTheNumberThatItsLogHas() {
    StepAssignment post = step(2, Map.of());
    List<StepAssignment> block = List.of(step(1, Map.of()), post);
    assertThat(
            environment(
                post,
                List.of(step(0, Map.of())),
                Map.of(PostCondition.ALWAYS, block),
                Map.of(),
                Map.of()))
        .containsEntry("STEPBOX_STEP", "always/2");
  }

  @Test
  void aStepIsToldWhereItRuns() {
    assertThat(environment(Map.of(), Map.of(), Map.of()))
        .containsEntry("CI", "true")
        .containsEntry("STEPBOX", "true")
        .containsEntry("STEPBOX_BUILD", "17")
        .containsEntry("STEPBOX_STAGE", "Test [JDK=17]")
        .containsEntry("STEPBOX_STEP", "2")
        .containsEntry("WORKSPACE", "/workspace")
        .containsEntry("HOME", "/root")
        .containsEntry("PATH", StepEnvironment.DEFAULT_PATH)
        .containsEntry("BRANCH_NAME", "main")
        .containsEntry("GIT_BRANCH", "main")
        .containsEntry("GIT_COMMIT", "c0ffee");
  }

  @Test
  void theNearerWins() {
    Map<String, String> environment =
        environment(
            Map.of("PATH", "/image/bin", "A", "image", "B", "image", "C", "image"),
            Map.of("B", "stage", "C", "stage", "CI", "stage"),
            Map.of("C", "step", "TOKEN", "step"));
    assertThat(environment)
        .containsEntry("PATH", "/image/bin")
        .containsEntry("A", "image")
        .containsEntry("B", "stage")
        .containsEntry("C", "step")
        .containsEntry("CI", "stage")
        .containsEntry("TOKEN", "secret");
  }
}
