package dev.stepbox.isolation.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.isolation.Golden;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.RootSpec.WriteLayer;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.plan.StageMounts.OverrideLayers;
import dev.stepbox.isolation.plan.StageMounts.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class StageMountsTest {
  private static final Path STORE = Path.of("/home/user/store");
  private static final Path OVERRIDES = STORE.resolve("run/overrides");
  private static final Workspace WORKSPACE =
      new Workspace.Own(new Overlay(List.of(STORE.resolve("source")), writes("workspace")));

  @Test
  void anImageOfLayers() throws IOException {
    RootSpec spec =
        new RootSpec(
            "build",
            new Overlay(List.of(STORE.resolve("bottom"), STORE.resolve("top")), writes("root")),
            new LinkedHashMap<>(),
            WORKSPACE);
    StageMounts mounts = StageMounts.of(spec, surroundings(), 0, List.of());
    Golden.assertSame("plans/root-of-layers.txt", PlanText.of(mounts.operations()));
    assertThat(mounts.writes())
        .containsExactly(STORE.resolve("root/upper"), STORE.resolve("workspace/upper"));
  }

  @Test
  void theHostAsAnImage() throws IOException {
    StageMounts mounts = StageMounts.of(host(), surroundings(), 0, List.of());
    Golden.assertSame("plans/root-of-host.txt", PlanText.of(mounts.operations()));
  }

  @Test
  void aDirectoryOfTheHostThatIsTakenApart() throws IOException {
    SequencedMap<String, Overlay> mounts = new LinkedHashMap<>();
    mounts.put("/etc/ssl", new Overlay(List.of(Path.of("/etc/ssl")), writes("etc%2Fssl")));
    mounts.put("/var/lib/dpkg", new Overlay(List.of(Path.of("/var/lib/dpkg")), writes("dpkg")));
    RootSpec spec =
        new RootSpec(
            "build",
            new Overlay(List.of(STORE.resolve("skeleton")), writes("root")),
            mounts,
            WORKSPACE);
    StageMounts planned = StageMounts.of(spec, surroundings(), 0, List.of());
    Golden.assertSame("plans/root-of-split-host.txt", PlanText.of(planned.operations()));
    assertThat(planned.writes()).contains(STORE.resolve("dpkg/upper"));
  }

  @Test
  void aSharedWorkspaceIsBoundAndItsWritesCount() throws IOException {
    RootSpec spec =
        new RootSpec(
            "other",
            new Overlay(List.of(STORE.resolve("bottom")), null),
            new LinkedHashMap<>(),
            new Workspace.SharedWith(new StageRoot("build")));
    StageMounts mounts = StageMounts.of(spec, surroundings(), 7, List.of(STORE.resolve("shared")));
    Golden.assertSame("plans/root-with-shared-workspace.txt", PlanText.of(mounts.operations()));
    assertThat(mounts.writes()).containsExactly(STORE.resolve("shared"));
  }

  @Test
  void anEmptyWorkspaceLiesOverAnEmptyDirectory() throws IOException {
    RootSpec spec =
        new RootSpec(
            "build",
            new Overlay(List.of(STORE.resolve("bottom")), writes("root")),
            new LinkedHashMap<>(),
            new Workspace.Own(new Overlay(List.of(), writes("workspace"))));
    Golden.assertSame(
        "plans/root-with-empty-workspace.txt",
        PlanText.of(StageMounts.of(spec, surroundings(), 0, List.of()).operations()));
  }

  @Test
  void aDirectoryOfTheHostThatIsNotShownIsRefused() {
    RootSpec spec =
        new RootSpec(
            "build",
            new Overlay(List.of(Path.of("/root")), null),
            new LinkedHashMap<>(),
            WORKSPACE);
    assertThatThrownBy(() -> StageMounts.of(spec, surroundings(), 0, List.of()))
        .isInstanceOf(SandboxException.class)
        .hasMessageContaining("'/root'");
  }

  private static RootSpec host() {
    SequencedMap<String, Overlay> mounts = new LinkedHashMap<>();
    mounts.put("/usr", new Overlay(List.of(Path.of("/usr")), writes("usr")));
    mounts.put(
        "/etc",
        new Overlay(List.of(Path.of("/etc"), STORE.resolve("captured/etc")), writes("etc")));
    mounts.put("/var", new Overlay(List.of(Path.of("/var")), writes("var")));
    return new RootSpec(
        "build",
        new Overlay(List.of(STORE.resolve("skeleton")), writes("root")),
        mounts,
        WORKSPACE);
  }

  private static WriteLayer writes(String name) {
    return new WriteLayer(STORE.resolve(name + "/upper"), STORE.resolve(name + "/work"));
  }

  private static Surroundings surroundings() {
    return new Surroundings(
        new StoreView(STORE, List.of(Path.of("/usr"), Path.of("/etc"), Path.of("/var"))),
        new OverrideLayers(
            OVERRIDES.resolve("root"),
            OVERRIDES.resolve("owners"),
            Map.of("/etc", OVERRIDES.resolve("etc"), "/var", OVERRIDES.resolve("var")),
            OVERRIDES.resolve("empty")));
  }
}
