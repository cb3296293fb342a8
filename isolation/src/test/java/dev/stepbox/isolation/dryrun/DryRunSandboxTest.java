package dev.stepbox.isolation.dryrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.KillReason;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.RootSpec.WriteLayer;
import dev.stepbox.isolation.SandboxContract;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.isolation.StageRoot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DryRunSandboxTest extends SandboxContract {
  @TempDir private Path store;

  @Override
  protected Sandboxes sandboxes() {
    return new DryRunSandboxes(System::nanoTime);
  }

  @Override
  protected Path store() {
    return store;
  }

  @Override
  protected RootSpec rootSpec(BuildSandbox build, String name) {
    WriteLayer writes = new WriteLayer(store.resolve("upper"), store.resolve("work"));
    return new RootSpec(
        name,
        new Overlay(List.of(store), writes),
        new LinkedHashMap<>(),
        new Workspace.Own(new Overlay(List.of(), null)));
  }

  @ParameterizedTest
  @EnumSource
  void aStepIsKilledAsItsEnvironmentSays(KillReason reason) throws InterruptedException {
    assertThat(run("KILLED", reason.name().toLowerCase(Locale.ROOT)))
        .isInstanceOfSatisfying(
            SandboxExit.Killed.class, killed -> assertThat(killed.reason()).isEqualTo(reason));
  }

  @Test
  void aStepFailsToStartAsItsEnvironmentSays() throws InterruptedException {
    assertThat(run("FAIL_TO_START", "no such luck"))
        .isInstanceOfSatisfying(
            SandboxExit.NotStarted.class,
            exit -> assertThat(exit.message()).isEqualTo("no such luck"));
  }

  @Test
  void theSupervisorDiesAsTheEnvironmentSays() throws InterruptedException {
    assertThat(run("LOST", "yes")).isInstanceOf(SandboxExit.Lost.class);
  }

  @Test
  void aDryRunSaysThatNothingIsExecuted() {
    try (BuildSandbox build =
        new DryRunSandboxes(System::nanoTime)
            .open(IsolationRequest.in(store.resolve("other"), store).build())) {
      assertThat(build.announcements()).extracting("code").containsExactly("dry-run");
    }
  }

  private SandboxExit run(String key, String value) throws InterruptedException {
    try (BuildSandbox build =
        new DryRunSandboxes(System::nanoTime)
            .open(IsolationRequest.in(store.resolve("other"), store).build())) {
      SequencedMap<String, String> environment = new LinkedHashMap<>();
      environment.put("STEPBOX_DRYRUN_" + key, value);
      StageRoot root = build.mountRoot(rootSpec(build, "one"));
      return build
          .start(root, SandboxSpec.step("one", List.of("true")).environment(environment).build())
          .await();
    }
  }
}
