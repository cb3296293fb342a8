package dev.stepbox.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.CancelMode;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.engine.BuildId;
import dev.stepbox.engine.BuildSummary;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.EventStream;
import dev.stepbox.engine.event.BuildEvent;
import dev.stepbox.engine.event.BuildEvent.BuildFinished;
import dev.stepbox.engine.event.StepKey;
import dev.stepbox.engine.testing.Eventually;
import dev.stepbox.engine.testing.TestEngine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LocalEngineTest {

  private static final String HELLO =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - checkout: scm
            - sh: print hello
            - sh: lines 5
        - stage: Test
          steps:
            - sh: print tested
      """;
  private static final String HANGS =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - sh: hang waiting
          post:
            cleanup:
              - sh: print cleaned
        - stage: Next
          steps:
            - sh: print next
      """;
  private static final InstantSource CLOCK = () -> Instant.parse("2026-11-23T10:00:00Z");

  @TempDir private Path directory;
  private LocalEngine engine;

  @BeforeEach
  void open() {
    engine = TestEngine.open(directory.resolve("home"), CLOCK);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private BuildId submit(String yaml) throws InterruptedException {
    return engine.submit(TestEngine.request(yaml, directory).build());
  }

  private static List<BuildEvent> toEnd(EventStream stream) throws InterruptedException {
    List<BuildEvent> events = new ArrayList<>();
    try (stream) {
      Optional<BuildEvent> event = stream.next();
      while (event.isPresent()) {
        events.add(event.get());
        event = stream.next();
      }
      assertThat(stream.hasEnded()).isTrue();
    }
    return events;
  }

  private StageResult outcome(BuildId build) throws InterruptedException {
    return ((BuildFinished) toEnd(engine.watch(build, 0)).getLast()).outcome();
  }

  private String log(BuildId build, StepKey step) throws IOException {
    return new String(engine.log(build, step).open(0).readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aBuildRunsToItsEndAndKeepsItsOutput() throws Exception {
    BuildId build = submit(HELLO);
    List<BuildEvent> events = toEnd(engine.watch(build, 0));
    assertThat(events.getFirst()).isInstanceOf(BuildEvent.BuildStarted.class);
    assertThat(((BuildFinished) events.getLast()).outcome()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(events)
        .extracting(event -> event.stamp().sequence())
        .isEqualTo(java.util.stream.LongStream.range(0, events.size()).boxed().toList());
    assertThat(log(build, new StepKey("Build", null, 2))).isEqualTo("hello");
    assertThat(log(build, new StepKey("Build", null, 3)))
        .isEqualTo("line 1\nline 2\nline 3\nline 4\nline 5\n");
    assertThat(events)
        .filteredOn(BuildEvent.CheckoutDone.class::isInstance)
        .singleElement()
        .extracting(event -> ((BuildEvent.CheckoutDone) event).branch())
        .isEqualTo("main");
  }

  @Test
  void aStageStartsFromWhatTheOneBeforeLeft() throws Exception {
    List<BuildEvent> events = toEnd(engine.watch(submit(HELLO), 0));
    assertThat(events)
        .filteredOn(BuildEvent.StageStarted.class::isInstance)
        .extracting(event -> ((BuildEvent.StageStarted) event).base().workspaceLayers())
        .containsExactly(List.of(), List.of("layer-of-1-build"));
  }

  @Test
  void buildsAreNumberedAndListedNewestFirst() throws Exception {
    BuildId first = submit(HELLO);
    BuildId second = submit(HELLO);
    assertThat(second.number()).isEqualTo(first.number() + 1);
    outcome(first);
    outcome(second);
    Eventually.holds(() ->
        assertThat(engine.builds())
            .extracting(BuildSummary::build, BuildSummary::state, BuildSummary::outcome)
            .containsExactly(
                org.assertj.core.api.Assertions.tuple(
                    second, BuildSummary.State.FINISHED, StageResult.SUCCEEDED),
                org.assertj.core.api.Assertions.tuple(
                    first, BuildSummary.State.FINISHED, StageResult.SUCCEEDED)));
    assertThat(engine.find(first).pipeline()).isEqualTo("stepbox.yaml");
  }

  @Test
  void manyWatchersSeeTheSame() throws Exception {
    BuildId build = submit(HELLO);
    EventStream early = engine.watch(build, 0);
    List<BuildEvent> all = toEnd(early);
    assertThat(toEnd(engine.watch(build, 0))).isEqualTo(all);
    assertThat(toEnd(engine.watch(build, 5))).isEqualTo(all.subList(5, all.size()));
    try (LocalEngine other = TestEngine.open(directory.resolve("home"), CLOCK)) {
      assertThat(toEnd(other.watch(build, 0))).isEqualTo(all);
    }
  }

  @Test
  void aStopRunsCleanupAndLeavesTheRest() throws Exception {
    BuildId build = submit(HANGS);
    Eventually.holds(() -> assertThat(log(build, new StepKey("Build", null, 1))).isNotEmpty());
    assertThat(engine.find(build).state()).isEqualTo(BuildSummary.State.RUNNING);
    engine.cancel(build, CancelMode.GRACEFUL, "test");
    assertThat(outcome(build)).isEqualTo(StageResult.ABORTED);
    assertThat(
            log(build, new StepKey("Build", dev.stepbox.agent.protocol.PostCondition.CLEANUP, 1)))
        .isEqualTo("cleaned");
    assertThat(log(build, new StepKey("Next", null, 1))).isEmpty();
  }

  @Test
  void anotherProcessCanStopABuild() throws Exception {
    BuildId build = submit(HANGS);
    Eventually.holds(() -> assertThat(log(build, new StepKey("Build", null, 1))).isNotEmpty());
    try (LocalEngine other = TestEngine.open(directory.resolve("home"), CLOCK)) {
      other.cancel(build, CancelMode.KILL, "the other");
    }
    assertThat(((BuildFinished) toEnd(engine.watch(build, 0)).getLast()).because())
        .isEqualTo("stopped by the other");
  }

  @Test
  void whatIsLetGoIsInterruptedAndCanBeCarriedOnByOne() throws Exception {
    BuildId build = submit(HANGS);
    Eventually.holds(() -> assertThat(log(build, new StepKey("Build", null, 1))).isNotEmpty());
    engine.close();
    assertThat(engine.find(build).state()).isEqualTo(BuildSummary.State.INTERRUPTED);
    assertThatThrownBy(() -> engine.cancel(build, CancelMode.GRACEFUL, "test"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("'stepbox attach " + build + "' does");

    engine.resume(build, List.of());
    try (LocalEngine other = TestEngine.open(directory.resolve("home"), CLOCK)) {
      assertThatThrownBy(() -> other.resume(build, List.of()))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUILD_BUSY));
    }
    engine.cancel(build, CancelMode.GRACEFUL, "test");
    assertThat(outcome(build)).isEqualTo(StageResult.ABORTED);
    assertThat(log(build, new StepKey("Build", null, 1))).isEqualTo("waiting");
    Eventually.holds(() ->
        assertThatThrownBy(() -> engine.resume(build, List.of()))
            .isInstanceOfSatisfying(
                EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUILD_STATE)));
  }

  @Test
  void secretsAreNowhereOnDiskAndAreAskedForAgain() throws Exception {
    var secret = new Secret("TOKEN", "very-s3cret-value");
    BuildId build =
        engine.submit(
            TestEngine.request(
                    """
                    stepbox: 1
                    stages:
                      - stage: A
                        steps:
                          - sh: variable TOKEN
                          - sh: hang on
                    """,
                    directory)
                .secrets(List.of(secret))
                .build());
    Eventually.holds(() -> assertThat(log(build, new StepKey("A", null, 2))).isNotEmpty());
    engine.close();
    assertThat(log(build, new StepKey("A", null, 1))).isEqualTo("****");
    try (var files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain("s3cret");
      }
    }
    assertThatThrownBy(() -> engine.resume(build, List.of()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_SECRET));
    assertThatThrownBy(
            () -> engine.resume(build, List.of(new Secret("TOKEN", "very-s3cret-valuE"))))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_SECRET);
              assertThat(e)
                  .hasMessageContaining("the value of secret TOKEN is not the one")
                  .hasMessageNotContaining("s3cret");
            });
    engine.resume(build, List.of(secret));
    engine.cancel(build, CancelMode.KILL, "test");
    assertThat(outcome(build)).isEqualTo(StageResult.ABORTED);
  }

  @Test
  void workspacesThatCannotBeMergedFailTheStageThatNeedsThem() throws Exception {
    BuildId build =
        submit(
            """
            stepbox: 1
            stages:
              - {stage: conflict a, needs: [], steps: [{sh: print a}]}
              - {stage: conflict b, needs: [], steps: [{sh: print b}]}
              - {stage: Join, needs: [conflict a, conflict b], steps: [{sh: print c}]}
            """);
    var end = (BuildFinished) toEnd(engine.watch(build, 0)).getLast();
    assertThat(end.outcome()).isEqualTo(StageResult.FAILED);
    assertThat(end.because()).isEqualTo("stage 'Join': cannot merge 'conflict a'");
  }

  @Test
  void thePostBlockOfAParallelStageIsToldOfBranchesInConflict() throws Exception {
    BuildId build =
        submit(
            """
            stepbox: 1
            stages:
              - stage: Both
                parallel:
                  - {stage: a, steps: [{sh: print a}]}
                  - {stage: b, steps: [{sh: print b}]}
                post:
                  failure: [{sh: print failure}]
                  success: [{sh: print success}]
            """);
    assertThat(outcome(build)).isEqualTo(StageResult.SUCCEEDED);
    BuildId conflicting =
        submit(
            """
            stepbox: 1
            stages:
              - stage: conflict
                parallel:
                  - {stage: a, steps: [{sh: print a}]}
                  - {stage: b, steps: [{sh: print b}]}
                post:
                  failure: [{sh: print failure}]
                  success: [{sh: print success}]
            """);
    List<BuildEvent> events = toEnd(engine.watch(conflicting, 0));
    assertThat(events)
        .filteredOn(BuildEvent.StepStarted.class::isInstance)
        .extracting(event -> ((BuildEvent.StepStarted) event).step().toString())
        .endsWith("conflict / (post)/failure/1");
    var end = (BuildFinished) events.getLast();
    assertThat(end.outcome()).isEqualTo(StageResult.FAILED);
    assertThat(end.because()).isEqualTo("stage 'conflict / (post)': cannot merge 'conflict / a'");
  }

  @Test
  void aRepositoryThatCannotBeFetchedFailsItsStageWhosePostStepsRun() throws Exception {
    BuildId build =
        submit(
            """
            stepbox: 1
            stages:
              - stage: A
                steps:
                  - sh: print before
                  - checkout: {url: missing}
                  - sh: print after
                post:
                  always: [{sh: print always}]
                  success: [{sh: print success}]
                  failure: [{sh: print failure}]
            """);
    List<BuildEvent> events = toEnd(engine.watch(build, 0));
    var end = (BuildFinished) events.getLast();
    assertThat(end.because()).isEqualTo("stage 'A': cannot fetch 'repository missing'");
    assertThat(end.code()).isEqualTo(ErrorCode.SOURCE_UNAVAILABLE.id());
    assertThat(events)
        .filteredOn(BuildEvent.StepStarted.class::isInstance)
        .extracting(event -> ((BuildEvent.StepStarted) event).step().toString())
        .containsExactly("A/1", "A/always/1", "A/failure/1");
  }

  @Test
  void aMachineThatKeepsNoTreeEndsTheBuildBeforeItsFirstStep() throws Exception {
    BuildId build =
        submit(
            """
            stepbox: 1
            stages:
              - stage: A
                steps: [{checkout: {url: nowhere}}, {sh: print after}]
                post: {always: [{sh: print always}]}
              - {stage: B, steps: [{sh: print b}]}
            """);
    List<BuildEvent> events = toEnd(engine.watch(build, 0));
    var end = (BuildFinished) events.getLast();
    assertThat(end.outcome()).isEqualTo(StageResult.ERRORED);
    assertThat(end.code()).isEqualTo(ErrorCode.CANNOT_ISOLATE.id());
    assertThat(events).noneMatch(BuildEvent.StepStarted.class::isInstance);
  }

  @Test
  void anUnknownImageIsToldBeforeThereIsABuild() {
    assertThatThrownBy(() ->
            submit(
                """
                stepbox: 1
                stages:
                  - {stage: A, steps: [{sh: print a}, {sh: print b, image: "unknown:1"}]}
                """))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IMAGE_UNUSABLE));
    assertThat(directory.resolve("home/builds")).isEmptyDirectory();
  }

  @Test
  void planningWritesNothing() throws Exception {
    assertThat(engine.plan(TestEngine.request(HELLO, directory).build()).stages()).hasSize(2);
    assertThat(directory.resolve("home")).doesNotExist();
  }

  @Test
  void anUnknownBuildIsToldAsSuch() {
    assertThatThrownBy(() -> engine.find(new BuildId(7)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_BUILD));
    assertThat(engine.builds()).isEmpty();
  }

  @Test
  void theOutcomeOfAStepIsInItsEvent() throws Exception {
    BuildId build =
        submit("stepbox: 1\nstages: [{stage: A, steps: [{sh: exit 3}, {sh: print never}]}]\n");
    assertThat(toEnd(engine.watch(build, 0)))
        .filteredOn(BuildEvent.StepFinished.class::isInstance)
        .extracting(event -> ((BuildEvent.StepFinished) event).outcome())
        .containsExactly(
            new StepOutcome.Failed(3, null), new StepOutcome.Skipped("a step before it failed"));
  }

  @Test
  void aPollReturnsWhenItsTimeIsOver() throws Exception {
    BuildId build = submit(HANGS);
    try (EventStream stream = engine.watch(build, 1_000)) {
      assertThat(stream.poll(Duration.ofMillis(20))).isEmpty();
      assertThat(stream.hasEnded()).isFalse();
    }
    engine.cancel(build, CancelMode.KILL, "test");
    assertThat(outcome(build)).isEqualTo(StageResult.ABORTED);
  }
}
