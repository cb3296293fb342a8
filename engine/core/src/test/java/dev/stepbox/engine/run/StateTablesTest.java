package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every pair of states: what may follow what, and nothing else. */
class StateTablesTest {

  @Test
  void aBuildMovesOnlySo() {
    assertThat(table(BuildState.values(), BuildState::next))
        .isEqualTo(
            """
            NEW -> RUNNING
            RUNNING -> CANCELLING KILLING FINISHED
            CANCELLING -> KILLING FINISHED
            KILLING -> FINISHED
            FINISHED ->\
            """);
  }

  @Test
  void aStageMovesOnlySo() {
    assertThat(table(StageState.values(), StageState::next))
        .isEqualTo(
            """
            WAITING -> RUNNING FAILED ERRORED SKIPPED
            RUNNING -> SUCCEEDED FAILED ABORTED ERRORED
            SUCCEEDED ->
            FAILED ->
            ABORTED ->
            ERRORED ->
            SKIPPED ->\
            """);
  }

  @Test
  void aStepMovesOnlySo() {
    assertThat(table(StepState.values(), StepState::next))
        .isEqualTo(
            """
            WAITING -> RUNNING CANCELLED SKIPPED ERRORED
            RUNNING -> SUCCEEDED FAILED KILLED CANCELLED ERRORED
            SUCCEEDED ->
            FAILED ->
            KILLED ->
            CANCELLED ->
            SKIPPED ->
            ERRORED ->\
            """);
  }

  @Test
  void aStageIsOverExactlyWhenNothingFollows() {
    assertThat(StageState.values()).allMatch(state -> state.isOver() == state.next().isEmpty());
  }

  private static <S extends Enum<S>> String table(S[] states, Function<S, Set<S>> next) {
    return Arrays.stream(states)
        .map(from ->
            Arrays.stream(states)
                .filter(to -> next.apply(from).contains(to))
                .map(to -> " " + to)
                .collect(Collectors.joining("", from + " ->", "")))
        .collect(Collectors.joining("\n"));
  }
}
