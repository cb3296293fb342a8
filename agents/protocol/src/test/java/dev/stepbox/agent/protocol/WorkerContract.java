package dev.stepbox.agent.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.FromWorker.BuildReleased;
import dev.stepbox.agent.protocol.FromWorker.StageAccepted;
import dev.stepbox.agent.protocol.FromWorker.StageFinished;
import dev.stepbox.agent.protocol.FromWorker.StepFinished;
import dev.stepbox.agent.protocol.FromWorker.StepOutput;
import dev.stepbox.agent.protocol.FromWorker.StepStarted;
import dev.stepbox.agent.protocol.FromWorker.WorkerFault;
import dev.stepbox.agent.protocol.FromWorker.WorkerReady;
import dev.stepbox.agent.protocol.StepOutcome.Cancelled;
import dev.stepbox.agent.protocol.StepOutcome.Errored;
import dev.stepbox.agent.protocol.StepOutcome.Failed;
import dev.stepbox.agent.protocol.StepOutcome.Killed;
import dev.stepbox.agent.protocol.StepOutcome.Skipped;
import dev.stepbox.agent.protocol.StepOutcome.Succeeded;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every worker keeps, a scripted one too: so an engine that is tested with the scripted one
 * can be trusted with the real one.
 */
@Timeout(120)
public abstract class WorkerContract {
  /** The build of all attempts here. */
  protected static final String BUILD = "1";

  /** The value of the secret that {@link Behaviour.PrintsVariable} prints. */
  protected static final String SECRET = "very-s3cret";

  private final InProcessTransport transport = InProcessTransport.create();
  private final RecordedWorker worker = new RecordedWorker(transport.engineEnd());
  private AutoCloseable running = () -> {};

  /** Starts a worker; closing what is returned ends it. */
  protected abstract AutoCloseable start(Transport<FromWorker, ToWorker> end) throws Exception;

  /** A step that behaves so. */
  protected abstract StepAssignment step(int index, Behaviour behaviour);

  /** What stages start from. */
  protected Snapshot base() {
    return Snapshot.of(RootImage.host());
  }

  @BeforeEach
  void startWorker() throws Exception {
    running = start(transport.workerEnd());
  }

  @AfterEach
  void endWorker() throws Exception {
    worker.close();
    running.close();
  }

  @Test
  void theFirstMessageTellsTheVersion() throws Exception {
    WorkerReady ready = worker.await(WorkerReady.class, _ -> true);
    assertThat(worker.messages().getFirst()).isEqualTo(ready);
    assertThat(ready.protocolVersion()).isEqualTo(ProtocolVersion.CURRENT);
  }

  @Test
  void aBuildThatWasPreparedRunsAsAnyOther() throws Exception {
    Assignment assignment =
        withSteps(new AttemptId(BUILD, "stage", 1), List.of(new Behaviour.Prints("one")));
    worker.send(new ToWorker.PrepareBuild(BUILD, assignment.demands()));
    worker.send(new ToWorker.RunStage(assignment));
    assertThat(worker.awaitEnd(assignment.attempt()).result()).isEqualTo(StageResult.SUCCEEDED);
    worker.send(new ToWorker.PrepareBuild("2", assignment.demands()));
    worker.send(new ToWorker.ReleaseBuild("2"));
    assertThat(worker.await(BuildReleased.class, _ -> true).build()).isEqualTo("2");
  }

  @Test
  void aStageThatSucceedsLeavesASnapshot() throws Exception {
    AttemptId attempt = run(new Behaviour.Prints("one"), new Behaviour.Prints("two"));
    StageFinished end = worker.awaitEnd(attempt);
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(end.snapshot()).isNotNull();
    assertThat(worker.outcomes(attempt))
        .containsExactly(Map.entry(0, new Succeeded()), Map.entry(1, new Succeeded()));
    assertThat(worker.output(attempt, 0)).contains("one");
    assertThat(worker.output(attempt, 1)).contains("two");
  }

  @Test
  void theMessagesOfAnAttemptComeInTheirOrder() throws Exception {
    AttemptId attempt =
        run(new Behaviour.Prints("one"), new Behaviour.Exits(3), new Behaviour.Prints("never"));
    StageFinished end = worker.awaitEnd(attempt);
    List<FromWorker> messages = worker.messages(attempt);
    assertThat(messages.getFirst()).isInstanceOf(StageAccepted.class);
    assertThat(messages.getLast()).isEqualTo(end);
    requireOrder(messages);
    assertThat(started(messages)).containsExactlyInAnyOrder(0, 1);
    assertThat(messages.stream().filter(StepFinished.class::isInstance)).hasSize(3);
  }

  private static void requireOrder(List<FromWorker> messages) {
    Set<Integer> begun = new HashSet<>();
    Set<Integer> over = new HashSet<>();
    Map<Integer, Long> offsets = new LinkedHashMap<>();
    for (FromWorker message : messages) {
      switch (message) {
        case StepStarted started -> assertThat(begun.add(started.step())).isTrue();
        case StepOutput output -> {
          assertThat(begun).contains(output.step());
          assertThat(over).doesNotContain(output.step());
          Long before = offsets.put(output.step(), output.rawEndOffset());
          assertThat(output.rawEndOffset()).isGreaterThanOrEqualTo(before == null ? 0 : before);
        }
        case StepFinished finished -> assertThat(over.add(finished.step())).isTrue();
        default -> {}
      }
    }
  }

  private static List<Integer> started(List<FromWorker> messages) {
    List<Integer> steps = new ArrayList<>();
    for (FromWorker message : messages) {
      if (message instanceof StepStarted started) {
        steps.add(started.step());
      }
    }
    return steps;
  }

  @Test
  void theFirstFailureSkipsTheRest() throws Exception {
    AttemptId attempt = run(new Behaviour.Exits(3), new Behaviour.Prints("never"));
    StageFinished end = worker.awaitEnd(attempt);
    assertThat(end.result()).isEqualTo(StageResult.FAILED);
    assertThat(end.because()).isNotBlank();
    assertThat(worker.outcomes(attempt).get(0)).isEqualTo(new Failed(3, null));
    assertThat(worker.outcomes(attempt).get(1)).isInstanceOf(Skipped.class);
  }

  @Test
  void aStepThatCannotStartIsErroredAndSoIsItsStage() throws Exception {
    AttemptId attempt = run(new Behaviour.CannotStart(), new Behaviour.Prints("never"));
    StageFinished end = worker.awaitEnd(attempt);
    assertThat(end.result()).isEqualTo(StageResult.ERRORED);
    assertThat(end.code()).isNotNull();
    assertThat(worker.outcomes(attempt).get(0)).isInstanceOf(Errored.class);
    assertThat(started(worker.messages(attempt))).isEmpty();
  }

  @Test
  void aStepThatRunsTooLongIsKilledAndItsStageFailed() throws Exception {
    AttemptId attempt = run(new Behaviour.TimesOut(Duration.ofMillis(100)));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.FAILED);
    assertThat(worker.outcomes(attempt).get(0))
        .isInstanceOfSatisfying(
            Killed.class, killed -> assertThat(killed.reason()).isEqualTo(KillReason.TIMEOUT));
  }

  @Test
  void postConditionsRunInTheirOrderAfterSuccess() throws Exception {
    AttemptId attempt = runWithPost(new Behaviour.Prints("step"), new Behaviour.Prints("post"));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(started(worker.messages(attempt))).containsExactly(0, 1, 3, 5);
    assertThat(worker.outcomes(attempt).get(2)).isInstanceOf(Skipped.class);
    assertThat(worker.outcomes(attempt).get(4)).isInstanceOf(Skipped.class);
  }

  @Test
  void postConditionsRunInTheirOrderAfterAFailure() throws Exception {
    AttemptId attempt = runWithPost(new Behaviour.Exits(1), new Behaviour.Prints("post"));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.FAILED);
    assertThat(started(worker.messages(attempt))).containsExactly(0, 1, 4, 5);
  }

  @Test
  void aFailingPostStepFailsTheStageAndTheOtherConditionsRun() throws Exception {
    AttemptId attempt = runWithPost(new Behaviour.Prints("step"), new Behaviour.Exits(9));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.FAILED);
    assertThat(started(worker.messages(attempt))).containsExactly(0, 1, 4, 5);
  }

  @Test
  void aBuildsOwnPostBlockSeesTheResultOfTheBuild() throws Exception {
    AttemptId attempt = new AttemptId(BUILD, "post", 1);
    Map<PostCondition, List<StepAssignment>> post = new LinkedHashMap<>();
    int index = 0;
    for (PostCondition condition : PostCondition.values()) {
      post.put(condition, List.of(step(index++, new Behaviour.Prints("post"))));
    }
    worker.send(
        new ToWorker.RunStage(
            assignment(attempt, List.of(), post).toBuilder().prior(StageResult.ABORTED).build()));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(started(worker.messages(attempt))).containsExactly(0, 1, 4);
  }

  @Test
  void aGracefulCancelEndsTheStepAndRunsThePostBlocks() throws Exception {
    AttemptId attempt = runWithPost(new Behaviour.Hangs("waiting"), new Behaviour.Prints("post"));
    worker.awaitOutput(attempt, 0, "waiting");
    worker.send(new ToWorker.CancelStage(attempt, CancelMode.GRACEFUL, "Ctrl-C"));
    StageFinished end = worker.awaitEnd(attempt);
    assertThat(end.result()).isEqualTo(StageResult.ABORTED);
    assertThat(end.because()).contains("Ctrl-C");
    assertThat(worker.outcomes(attempt).get(0)).isInstanceOf(Cancelled.class);
    assertThat(started(worker.messages(attempt))).containsExactly(0, 1, 2, 5);
  }

  @Test
  void stepsAfterACancelledOneAreCancelledToo() throws Exception {
    AttemptId attempt = run(new Behaviour.Hangs("waiting"), new Behaviour.Prints("never"));
    worker.awaitOutput(attempt, 0, "waiting");
    worker.send(new ToWorker.CancelStage(attempt, CancelMode.GRACEFUL, "Ctrl-C"));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.ABORTED);
    assertThat(worker.outcomes(attempt).get(1)).isEqualTo(new Cancelled("Ctrl-C", null));
  }

  @Test
  void aKillRunsNoPostBlock() throws Exception {
    AttemptId attempt = runWithPost(new Behaviour.Hangs("waiting"), new Behaviour.Prints("post"));
    worker.awaitOutput(attempt, 0, "waiting");
    worker.send(new ToWorker.CancelStage(attempt, CancelMode.KILL, "twice"));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.ABORTED);
    assertThat(started(worker.messages(attempt))).containsExactly(0);
    assertThat(worker.outcomes(attempt)).hasSize(6);
  }

  @Test
  void aKillAfterAGracefulCancelEndsThePostBlocks() throws Exception {
    AttemptId attempt = runWithPost(new Behaviour.Hangs("one"), new Behaviour.Hangs("two"));
    worker.awaitOutput(attempt, 0, "one");
    worker.send(new ToWorker.CancelStage(attempt, CancelMode.GRACEFUL, "once"));
    worker.awaitOutput(attempt, 1, "two");
    worker.send(new ToWorker.CancelStage(attempt, CancelMode.KILL, "twice"));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.ABORTED);
    assertThat(started(worker.messages(attempt))).containsExactly(0, 1);
  }

  @Test
  void aStageThatRunsTooLongIsAborted() throws Exception {
    // The first stage waits for the sandbox of its build, which takes as long as the machine likes.
    StageFinished ignored = worker.awaitEnd(run("first", new Behaviour.Prints("one")));
    AttemptId attempt = new AttemptId(BUILD, "slow", 1);
    StageSettings defaults = StageSettings.defaults();
    worker.send(
        new ToWorker.RunStage(
            assignment(attempt, new Behaviour.Hangs("waiting"), new Behaviour.Prints("post"))
                .toBuilder()
                .settings(
                    new StageSettings(
                        Duration.ofSeconds(2),
                        defaults.grace(),
                        defaults.outputLimitBytes(),
                        defaults.cacheScope(),
                        defaults.keptBytesMax(),
                        defaults.isolation()))
                .build()));
    StageFinished end = worker.awaitEnd(attempt);
    assertThat(end.result()).isEqualTo(StageResult.ABORTED);
    assertThat(worker.outcomes(attempt).get(0)).isInstanceOf(Cancelled.class);
    assertThat(started(worker.messages(attempt))).containsExactly(0, 1, 2, 5);
  }

  @Test
  void twoStagesRunSideBySide() throws Exception {
    AttemptId first = run("first", new Behaviour.Hangs("first waits"));
    AttemptId second = run("second", new Behaviour.Hangs("second waits"));
    worker.awaitOutput(first, 0, "first waits");
    worker.awaitOutput(second, 0, "second waits");
    worker.send(new ToWorker.CancelStage(first, CancelMode.KILL, "test"));
    worker.awaitEnd(first);
    assertThat(worker.messages(second)).noneMatch(StageFinished.class::isInstance);
    worker.send(new ToWorker.CancelStage(second, CancelMode.KILL, "test"));
    worker.awaitEnd(second);
  }

  @Test
  void anAttemptThatRunsCannotBeBegunAgain() throws Exception {
    AttemptId attempt = new AttemptId(BUILD, "twice", 1);
    Assignment assignment =
        assignment(attempt, new Behaviour.Hangs("waiting"), new Behaviour.Prints("post"));
    worker.send(new ToWorker.RunStage(assignment));
    worker.awaitOutput(attempt, 0, "waiting");
    worker.send(new ToWorker.RunStage(assignment));
    WorkerFault fault = worker.await(WorkerFault.class, _ -> true);
    assertThat(fault.code()).isEqualTo(AgentErrorCode.MESSAGE_OUT_OF_PLACE);
    assertThat(worker.messages(attempt)).noneMatch(StageFinished.class::isInstance);
    worker.send(new ToWorker.CancelStage(attempt, CancelMode.KILL, "test"));
    worker.awaitEnd(attempt);
  }

  @Test
  void aCancelOfWhatIsUnknownOrOverHasNoEffect() throws Exception {
    worker.send(
        new ToWorker.CancelStage(new AttemptId(BUILD, "unknown", 1), CancelMode.KILL, "test"));
    AttemptId attempt = run(new Behaviour.Prints("one"));
    worker.awaitEnd(attempt);
    worker.send(new ToWorker.CancelStage(attempt, CancelMode.KILL, "test"));
    AttemptId after = run("after", new Behaviour.Prints("two"));
    assertThat(worker.awaitEnd(after).result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(worker.messages()).noneMatch(WorkerFault.class::isInstance);
  }

  @Test
  void aReleaseKillsWhatRunsAndIsAnswered() throws Exception {
    AttemptId attempt = run(new Behaviour.Hangs("waiting"));
    worker.awaitOutput(attempt, 0, "waiting");
    worker.send(new ToWorker.ReleaseBuild(BUILD));
    worker.await(BuildReleased.class, released -> released.build().equals(BUILD));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.ABORTED);
  }

  @Test
  void aReleaseOfAnUnknownBuildIsAnswered() throws Exception {
    worker.send(new ToWorker.ReleaseBuild("4711"));
    worker.await(BuildReleased.class, released -> released.build().equals("4711"));
  }

  @Test
  void aSecretIsMaskedInTheOutput() throws Exception {
    AttemptId attempt = new AttemptId(BUILD, "secret", 1);
    worker.send(
        new ToWorker.RunStage(
            withSteps(attempt, List.of(new Behaviour.PrintsVariable("TOKEN"))).toBuilder()
                .secrets(List.of(new Secret("TOKEN", SECRET)))
                .build()));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(worker.output(attempt, 0)).contains("****").doesNotContain("s3cret");
  }

  @Test
  void aResumedAttemptRunsWhatIsLeft() throws Exception {
    AttemptId attempt = new AttemptId(BUILD, "resumed", 1);
    Assignment assignment =
        withSteps(attempt, List.of(new Behaviour.Exits(9), new Behaviour.Prints("two")));
    worker.send(
        new ToWorker.ResumeStage(
            assignment,
            Instant.EPOCH.plusSeconds(1),
            List.of(new StepProgress(0, true, 0, new Succeeded())),
            null));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(worker.outcomes(attempt)).containsOnlyKeys(1);
    assertThat(worker.output(attempt, 1)).contains("two");
  }

  @Test
  void anAttemptThatIsResumedToBeStoppedBeginsNoStep() throws Exception {
    AttemptId attempt = new AttemptId(BUILD, "resumed", 1);
    Assignment assignment =
        withSteps(attempt, List.of(new Behaviour.Exits(9), new Behaviour.Prints("two")));
    worker.send(
        new ToWorker.ResumeStage(
            assignment,
            Instant.EPOCH.plusSeconds(1),
            List.of(new StepProgress(0, true, 0, new Succeeded())),
            new ToWorker.Stop(CancelMode.GRACEFUL, "Ctrl-C")));
    assertThat(worker.awaitEnd(attempt).result()).isEqualTo(StageResult.ABORTED);
    assertThat(worker.outcomes(attempt))
        .containsExactly(Map.entry(1, new Cancelled("Ctrl-C", null)));
    assertThat(started(worker.messages(attempt))).isEmpty();
  }

  private AttemptId run(Behaviour... behaviours) throws InterruptedException {
    return run("stage", behaviours);
  }

  private AttemptId run(String stage, Behaviour... behaviours) throws InterruptedException {
    AttemptId attempt = new AttemptId(BUILD, stage, 1);
    worker.send(new ToWorker.RunStage(withSteps(attempt, List.of(behaviours))));
    return attempt;
  }

  /** One step and a post step for each condition; their indexes are 1 to 5. */
  private AttemptId runWithPost(Behaviour main, Behaviour post) throws InterruptedException {
    AttemptId attempt = new AttemptId(BUILD, "stage", 1);
    worker.send(new ToWorker.RunStage(assignment(attempt, main, post)));
    return attempt;
  }

  private Assignment assignment(AttemptId attempt, Behaviour main, Behaviour post) {
    Map<PostCondition, List<StepAssignment>> blocks = new LinkedHashMap<>();
    int index = 1;
    for (PostCondition condition : PostCondition.values()) {
      blocks.put(condition, List.of(step(index++, post)));
    }
    return assignment(attempt, List.of(step(0, main)), blocks);
  }

  private Assignment withSteps(AttemptId attempt, List<Behaviour> behaviours) {
    List<StepAssignment> steps = new ArrayList<>();
    for (Behaviour behaviour : behaviours) {
      steps.add(step(steps.size(), behaviour));
    }
    return assignment(attempt, steps, Map.of());
  }

  private Assignment assignment(
      AttemptId attempt,
      List<StepAssignment> steps,
      Map<PostCondition, List<StepAssignment>> post) {
    var demands =
        new Demands(
            Set.of(NetworkMode.NONE),
            Set.of(),
            Demands.HostImage.USED,
            Set.of(Isolation.CONTAINER),
            CapsPolicy.REQUIRE);
    return Assignment.builder(attempt, demands, base()).steps(steps).post(post).build();
  }
}
