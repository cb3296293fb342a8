package dev.stepbox.isolation.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.IdMap.Line;
import dev.stepbox.isolation.plan.IdMap.Writer;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdMapsTest {
  private static final String INITIAL = "         0          0 4294967295\n";

  @Test
  void stepsOfAUserWithARangeHaveAllOfItAndNotTheUser() {
    IdMap map = IdMaps.choose(user("ann:100000:65536\nbob:200000:65536\n", "1000:300000:65536\n"));
    assertThat(map.writer()).isEqualTo(Writer.NEWUIDMAP);
    assertThat(map.users()).containsExactly(new Line(0, 1000, 1), new Line(1, 100000, 65536));
    assertThat(map.groups()).containsExactly(new Line(0, 1001, 1), new Line(1, 300000, 65536));
    assertThat(map.stepZero()).isEqualTo(1);
    assertThat(map.ids()).isEqualTo(65536);
  }

  @Test
  void theLargestRangeCounts() {
    IdMap map = IdMaps.choose(user("ann:1:10\nann:100000:20\nann:5:0\n", "ann:1:10\n"));
    assertThat(map.users()).contains(new Line(1, 100000, 20));
    assertThat(map.ids()).isEqualTo(20);
  }

  @Test
  void aRangeCountsOnlyWhereItsIdsExist() {
    String outer = "0 100000 1\n1 200000 20000\n";
    IdMap map = IdMaps.choose(nested(outer, "ann:15000:65536\n"));
    assertThat(map.writer()).isEqualTo(Writer.NEWUIDMAP);
    assertThat(map.users()).containsExactly(new Line(0, 1000, 1), new Line(1, 15000, 5001));
  }

  @Test
  void aRangeOfIdsThatANamespaceHasNotIsNone() {
    IdMap map = IdMaps.choose(nested("1000 1000 1\n", "ann:100000:65536\n"));
    assertThat(map.writer()).isEqualTo(Writer.SINGLE);
    assertThat(map.users()).containsExactly(new Line(0, 1000, 1));
  }

  private static IdMaps.Facts nested(String outer, String ranges) {
    return new IdMaps.Facts(1000, 1001, "ann", outer, outer, ranges, ranges, true);
  }

  @Test
  void aRangeForUsersAloneIsNotEnough() {
    assertThat(IdMaps.choose(user("ann:100000:65536\n", "")).writer()).isEqualTo(Writer.SINGLE);
  }

  @Test
  void withoutARangeThereIsOneId() {
    IdMap map = IdMaps.choose(user("# nothing\nann:x:y\n", ""));
    assertThat(map)
        .isEqualTo(
            new IdMap(
                Writer.SINGLE, List.of(new Line(0, 1000, 1)), List.of(new Line(0, 1001, 1)), 0));
    assertThat(map.ids()).isEqualTo(1);
  }

  @Test
  void withoutTheHelpersThereIsOneId() {
    IdMaps.Facts facts =
        new IdMaps.Facts(
            1000, 1001, "ann", INITIAL, INITIAL, "ann:1:65536\n", "ann:1:65536\n", false);
    assertThat(IdMaps.choose(facts).writer()).isEqualTo(Writer.SINGLE);
  }

  @Test
  void realRootIsNeverMapped() {
    IdMap map = IdMaps.choose(root(INITIAL, "root:500000:65536\n"));
    assertThat(map.writer()).isEqualTo(Writer.DIRECT);
    assertThat(map.users()).containsExactly(new Line(0, 500000, 65536));
    assertThat(map.stepZero()).isZero();
  }

  @Test
  void realRootWithoutARangeGetsOneOfItsOwn() {
    assertThat(IdMaps.choose(root(INITIAL, "")).users())
        .containsExactly(new Line(0, IdMaps.ROOT_FIRST, 65536));
  }

  @Test
  void theOwnRangeOfRootKeepsClearOfOthers() {
    String taken = "ann:%d:65537\n".formatted(IdMaps.ROOT_FIRST);
    assertThat(IdMaps.choose(root(INITIAL, taken)).users())
        .containsExactly(new Line(0, IdMaps.ROOT_FIRST + 2 * 65536, 65536));
  }

  @Test
  void rootOfAnOuterNamespaceMapsWhatItHas() {
    IdMap map = IdMaps.choose(root("0 1000 1\n1 100000 65536\n", ""));
    assertThat(map.writer()).isEqualTo(Writer.DIRECT);
    assertThat(map.users()).containsExactly(new Line(0, 0, 1), new Line(1, 1, 65535));
    assertThat(map.stepZero()).isEqualTo(1);
    assertThat(map.ids()).isEqualTo(65535);
  }

  @Test
  void rootOfAnOuterNamespaceWithOneIdSharesItWithSteps() {
    IdMap map = IdMaps.choose(root("0 1000 1\n", ""));
    assertThat(map.users()).containsExactly(new Line(0, 0, 1));
    assertThat(map.stepZero()).isZero();
    assertThat(map.ids()).isEqualTo(1);
  }

  private static IdMaps.Facts user(String subuid, String subgid) {
    return new IdMaps.Facts(1000, 1001, "ann", INITIAL, INITIAL, subuid, subgid, true);
  }

  private static IdMaps.Facts root(String map, String subordinate) {
    return new IdMaps.Facts(0, 0, "root", map, map, subordinate, subordinate, true);
  }
}
