package dev.stepbox.isolation.linux;

import static dev.stepbox.isolation.linux.TestStore.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.StageRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(Invariants.class)
class RootsIT {
  @RegisterExtension private final TestStore store = new TestStore();
  private OpenBuild build;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    build = store.open();
  }

  @AfterEach
  void close() {
    build.close();
  }

  @Test
  void aSharedWorkspaceShowsTheSameFiles() throws IOException, InterruptedException {
    build.output(shell("write", "echo shared > file"));
    RootSpec own = store.hostRoot(build.sandbox(), "other");
    StageRoot other =
        build
            .sandbox()
            .mountRoot(
                new RootSpec(
                    "other", own.root(), own.mounts(), new Workspace.SharedWith(build.root())));
    RunningSandbox step =
        build.sandbox().start(other, shell("read", "cat file; echo back > back").build());
    step.await();
    assertThat(step.output()).hasContent("shared\n");
    assertThat(build.output(shell("again", "cat back"))).isEqualTo("back\n");
    build.sandbox().unmount(other);
    assertThat(build.output(shell("still", "cat back"))).isEqualTo("back\n");
  }

  @Test
  void whatAStageWroteIsOnDiskAfterItsRootIsUnmounted() throws IOException, InterruptedException {
    build.output(shell("write", "echo kept > file; mkdir sub; echo root > /usr/note"));
    build.sandbox().unmount(build.root());
    assertThat(store.workspaceWrites("build").resolve("file")).hasContent("kept");
    assertThat(store.path().resolve("build/usr/upper/note")).hasContent("root");
    try (var entries = Files.list(store.path().resolve("build/root/upper"))) {
      assertThat(entries).isEmpty();
    }
  }

  @Test
  void layersLieOnEachOther() throws IOException, InterruptedException {
    Path below = store.directory("below");
    Path above = store.directory("above");
    Files.writeString(below.resolve("both"), "below");
    Files.writeString(below.resolve("only"), "only");
    Files.writeString(above.resolve("both"), "above");
    build.sandbox().trees().adopt(below);
    build.sandbox().trees().adopt(above);
    RootSpec host = store.hostRoot(build.sandbox(), "layers");
    StageRoot root =
        build
            .sandbox()
            .mountRoot(
                new RootSpec(
                    "layers",
                    host.root(),
                    host.mounts(),
                    new Workspace.Own(new Overlay(List.of(below, above), null))));
    RunningSandbox step =
        build.sandbox().start(root, shell("read", "cat both only; echo x > y").build());
    assertThat(step.await())
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(2));
    assertThat(Files.readString(step.output())).startsWith("aboveonly").contains("Read-only");
  }

  @Test
  void aRootThatCannotBeMountedIsToldAndCanBeTriedAgain() throws IOException, InterruptedException {
    RootSpec host = store.hostRoot(build.sandbox(), "broken");
    RootSpec broken =
        new RootSpec(
            "broken",
            new Overlay(List.of(store.path().resolve("absent")), null),
            new LinkedHashMap<>(),
            host.workspace());
    assertThatThrownBy(() -> build.sandbox().mountRoot(broken))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.MOUNT_FAILED))
        .hasMessageContaining("absent");
    assertThat(build.sandbox().roots()).containsExactly(build.root());
    assertThat(build.sandbox().mountRoot(host)).isEqualTo(new StageRoot("broken"));
  }

  @Test
  void stepsOfSideBySideStagesDoNotSeeEachOther() throws IOException, InterruptedException {
    StageRoot other = build.sandbox().mountRoot(store.hostRoot(build.sandbox(), "other"));
    build.output(shell("write", "echo mine > own; echo mine > /usr/mine"));
    RunningSandbox step =
        build.sandbox().start(other, shell("look", "ls -A; ls /usr/mine /roots /store").build());
    assertThat(step.await())
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(2));
    assertThat(Files.readString(step.output())).doesNotContain("own").contains("/usr/mine");
  }
}
