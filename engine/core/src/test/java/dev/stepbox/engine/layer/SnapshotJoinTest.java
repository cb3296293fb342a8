package dev.stepbox.engine.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.layer.BuildLayers.Joined;
import dev.stepbox.engine.layer.BuildLayers.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SnapshotJoinTest {

  private static final RootImage DEBIAN =
      new RootImage.Stored("debian:bookworm", "sha256:" + "1".repeat(64));

  private final List<String> merges = new ArrayList<>();

  private static Origin origin(String stage, String... workspace) {
    return new Origin(stage, new Snapshot(RootImage.host(), List.of(), List.of(workspace)));
  }

  private SnapshotJoin.Merge merge(List<String> common, List<SnapshotJoin.Branch> branches) {
    merges.add(common + " + " + branches);
    List<String> all = new ArrayList<>(common);
    branches.forEach(branch -> all.addAll(branch.layers()));
    all.add("m" + merges.size());
    return new SnapshotJoin.Merge.Merged(all);
  }

  private List<String> workspace(Origin... origins) throws InterruptedException {
    Joined joined = SnapshotJoin.join(RootImage.host(), List.of(origins), this::merge);
    return ((Joined.Ready) joined).base().workspaceLayers();
  }

  @Test
  void withoutOriginsTheWorkspaceIsEmpty() throws Exception {
    assertThat(workspace()).isEmpty();
    assertThat(merges).isEmpty();
  }

  @Test
  void oneOriginIsTakenAsItIs() throws Exception {
    assertThat(workspace(origin("A", "s", "a"))).containsExactly("s", "a");
    assertThat(merges).isEmpty();
  }

  @Test
  void originsThatLeftTheSameNeedNoMerge() throws Exception {
    assertThat(workspace(origin("A", "s"), origin("B", "s"))).containsExactly("s");
    assertThat(workspace(origin("A", "s", "a"), origin("B", "s"))).containsExactly("s", "a");
    assertThat(workspace(origin("A", "s"), origin("B", "s", "b"), origin("C", "s", "b", "c")))
        .containsExactly("s", "b", "c");
    assertThat(merges).isEmpty();
  }

  @Test
  void branchesOfTheSameStartAreMergedAtOnce() throws Exception {
    assertThat(workspace(origin("A", "s", "a"), origin("B", "s", "b"), origin("C", "s", "c")))
        .containsExactly("s", "a", "b", "c", "m1");
    assertThat(merges)
        .containsExactly(
            "[s] + [Branch[name=A, layers=[a]], Branch[name=B, layers=[b]],"
                + " Branch[name=C, layers=[c]]]");
  }

  @Test
  void whatTwoHaveInCommonIsInNoConflict() throws Exception {
    assertThat(
            workspace(
                origin("B", "s", "a", "b"), origin("C", "s", "a", "c"), origin("D", "s", "d")))
        .containsExactly("s", "a", "b", "c", "m1", "d", "m2");
    assertThat(merges)
        .containsExactly(
            "[s, a] + [Branch[name=B, layers=[b]], Branch[name=C, layers=[c]]]",
            "[s] + [Branch[name=B + C, layers=[a, b, c, m1]], Branch[name=D, layers=[d]]]");
  }

  @Test
  void aStageThatGrewFromAnotherHoldsIt() throws Exception {
    // E joined B and C; the stage that starts needs E and H, and H grew from C alone.
    assertThat(workspace(origin("E", "s", "b", "c", "m", "e"), origin("H", "s", "c", "h")))
        .containsExactly("s", "c", "b", "m", "e", "h", "m1");
    assertThat(merges)
        .containsExactly("[s, c] + [Branch[name=E, layers=[b, m, e]], Branch[name=H, layers=[h]]]");
    assertThat(workspace(origin("E", "s", "b", "c", "m", "e"), origin("C", "s", "c")))
        .containsExactly("s", "b", "c", "m", "e");
  }

  @Test
  void aConflictNamesTheBranchesOfTheMergeItIsIn() throws Exception {
    Joined joined =
        SnapshotJoin.join(
            RootImage.host(),
            List.of(origin("A", "a"), origin("B", "b")),
            (_, branches) -> new SnapshotJoin.Merge.Conflicted("conflict of " + branches.size()));
    assertThat(joined).isEqualTo(new Joined.Conflicted("conflict of 2"));
  }

  @Test
  void theRootIsWhatOriginsOfTheSameImageHaveInCommon() throws Exception {
    List<Origin> origins =
        Stream.of(List.of("r1", "r2", "r3"), List.of("r1", "r2", "r4"))
            .map(root -> new Origin("S" + root, new Snapshot(DEBIAN, root, List.of("s"))))
            .toList();
    List<Origin> all = new ArrayList<>(origins);
    all.add(origin("Host", "s"));
    assertThat(SnapshotJoin.join(DEBIAN, all, this::merge))
        .isEqualTo(new Joined.Ready(new Snapshot(DEBIAN, List.of("r1", "r2"), List.of("s"))));
  }

  @Test
  void anotherImageStartsItsRootAnewAndKeepsTheWorkspace() throws Exception {
    Origin before = new Origin("A", new Snapshot(DEBIAN, List.of("r1"), List.of("s", "a")));
    assertThat(SnapshotJoin.join(RootImage.host(), List.of(before), this::merge))
        .isEqualTo(new Joined.Ready(new Snapshot(RootImage.host(), List.of(), List.of("s", "a"))));
  }
}
