package dev.stepbox.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Action.WhenEmpty;
import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.FromWorker.ArtifactStored;
import dev.stepbox.agent.protocol.FromWorker.StageFinished;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.Position;
import dev.stepbox.agent.protocol.RecordedWorker;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.Source;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StageSettings;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.StepOutcome.Failed;
import dev.stepbox.agent.protocol.StepOutcome.Succeeded;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.isolation.dryrun.DryRunSandboxes;
import dev.stepbox.layercache.LayerId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkout, archive, stash and unstash, on a workspace that consists of captured layers alone. */
@Timeout(60)
class BuiltInStepsTest {
  private final Path home;
  private final PlainLayerCache cache;

  private final InProcessTransport transport = InProcessTransport.create();
  private final RecordedWorker engine = new RecordedWorker(transport.engineEnd());
  private AutoCloseable worker = () -> {};
  private List<Secret> secrets = List.of();
  private int stages;

  BuiltInStepsTest(@TempDir Path home) {
    this.home = home;
    this.cache = new PlainLayerCache(home.resolve("store"));
  }

  @BeforeEach
  void startWorker() throws Exception {
    worker =
        Worker.start(
            TestHome.config(home, cache, new DryRunSandboxes(System::nanoTime)),
            transport.workerEnd());
  }

  @AfterEach
  void endWorker() throws Exception {
    engine.close();
    worker.close();
  }

  private StageFinished run(Snapshot base, Action... actions) throws InterruptedException {
    return run(StageSettings.defaults(), base, actions);
  }

  private StageFinished run(StageSettings settings, Snapshot base, Action... actions)
      throws InterruptedException {
    List<StepAssignment> steps = new ArrayList<>();
    for (Action action : actions) {
      steps.add(
          new StepAssignment(
              steps.size(), "step", new Position("f", 1), new LinkedHashMap<>(), action));
    }
    var attempt = new AttemptId("1", "stage-" + stages++, 1);
    var demands =
        new Demands(
            Set.of(),
            Set.of(),
            Demands.HostImage.USED,
            Set.of(Isolation.CONTAINER),
            CapsPolicy.REQUIRE);
    engine.send(
        new ToWorker.RunStage(
            Assignment.builder(attempt, demands, base)
                .steps(steps)
                .settings(settings)
                .secrets(secrets)
                .build()));
    return engine.awaitEnd(attempt);
  }

  private StepOutcome outcome(StageFinished end, int step) {
    StepOutcome outcome = engine.outcomes(end.attempt()).get(step);
    assertThat(outcome).isNotNull();
    return outcome;
  }

  private Snapshot workspace(Map<String, String> files) {
    return new Snapshot(RootImage.host(), List.of(), List.of(cache.layerOf(files).toString()));
  }

  private static Snapshot snapshot(StageFinished end) {
    Snapshot snapshot = end.snapshot();
    assertThat(snapshot).isNotNull();
    return snapshot;
  }

  private static Action.Archive archive(String... globs) {
    return new Action.Archive(List.of(globs), List.of(), WhenEmpty.FAIL);
  }

  private static Action.Stash stash(String name, String... globs) {
    return new Action.Stash(name, List.of(globs), List.of(), WhenEmpty.FAIL);
  }

  private Path artifacts() {
    return TestHome.directory(home, "1").artifacts();
  }

  @Test
  void aCheckoutLaysTheSourceOverTheWorkspace() throws Exception {
    LayerId first = cache.layerOf(Map.of("a", "1"));
    LayerId second = cache.layerOf(Map.of("b", "2"));
    StageFinished end =
        run(
            Snapshot.of(RootImage.host()),
            new Action.Checkout(new Source(first.toString(), null, null)),
            new Action.Checkout(new Source(second.toString(), null, null)));
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(snapshot(end).workspaceLayers())
        .containsExactly(first.toString(), second.toString());
    assertThat(cache.openWrites()).as("write layers of a stage that ran nothing").isZero();
  }

  @Test
  void aCheckoutWithoutItsSourceIsAnErrorOfItsStep() throws Exception {
    StageFinished end =
        run(Snapshot.of(RootImage.host()), new Action.SourceMissing("cannot fetch 'a'"));
    assertThat(end.result()).isEqualTo(StageResult.ERRORED);
    assertThat(end.code()).isEqualTo(AgentErrorCode.SOURCE_MISSING);
    assertThat(end.because()).endsWith(": cannot fetch 'a'");
  }

  @Test
  void anArchiveCopiesWhatMatches() throws Exception {
    StageFinished end =
        run(
            workspace(Map.of("target/a.jar", "A", "target/sub/b.jar", "B", "src/c.jar", "C")),
            archive("target/**/*.jar"));
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(artifacts().resolve("target/a.jar")).hasContent("A");
    assertThat(artifacts().resolve("target/sub/b.jar")).hasContent("B");
    assertThat(artifacts().resolve("src")).doesNotExist();
    assertThat(engine.messages(end.attempt()))
        .contains(
            new ArtifactStored(end.attempt(), 0, "target/a.jar", 1),
            new ArtifactStored(end.attempt(), 0, "target/sub/b.jar", 1));
  }

  @Test
  void anArchiveEndsWithTheTimeOfItsStage() throws Exception {
    int count = 3_000;
    Map<String, String> files = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      files.put("f" + i, "content");
    }
    var settings =
        new StageSettings(
            Duration.ofMillis(20), Duration.ZERO, 1, "none", null, Isolation.CONTAINER);
    StageFinished end = run(settings, workspace(files), archive("**"));
    assertThat(end.result()).isEqualTo(StageResult.ABORTED);
    assertThat(end.because()).isEqualTo("the stage ran longer than its timeout of 0.02s");
    assertThat(outcome(end, 0)).isInstanceOf(StepOutcome.Cancelled.class);
    assertThat(engine.messages(end.attempt()))
        .filteredOn(ArtifactStored.class::isInstance)
        .hasSizeLessThan(count);
  }

  @Test
  void anArchiveOfTheSamePathReplacesTheOlderOne() throws Exception {
    run(workspace(Map.of("a", "old")), archive("a"));
    run(workspace(Map.of("a", "new")), archive("a"));
    assertThat(artifacts().resolve("a")).hasContent("new");
  }

  @Test
  void anArchiveOfNothingFailsUnlessThatIsAllowed() throws Exception {
    StageFinished failed = run(workspace(Map.of("a", "1")), archive("*.jar", "x/*"));
    assertThat(outcome(failed, 0))
        .isInstanceOfSatisfying(
            Failed.class, e -> assertThat(e.message()).contains("'*.jar', 'x/*'"));
    StageFinished allowed =
        run(
            workspace(Map.of("a", "1")),
            new Action.Archive(List.of("*.jar"), List.of(), WhenEmpty.ALLOW));
    assertThat(outcome(allowed, 0)).isEqualTo(new Succeeded());
    assertThat(engine.messages(allowed.attempt()))
        .anyMatch(message ->
            message instanceof FromWorker.Announcement said && said.code().equals("no-files"));
  }

  @Test
  void twentyFilesThatAreLeftOutAreNamedAndMoreAreCounted() throws Exception {
    assertThat(leftOut(20)).hasSize(20).allMatch(text -> text.contains("it is a symbolic link"));
    assertThat(leftOut(21)).hasSize(21).last().isEqualTo("21 files are left out");
  }

  private List<String> leftOut(int links) throws Exception {
    Snapshot base = workspace(Map.of("a", "1"));
    Path layer = cache.layerDirectory(LayerId.parse(base.workspaceLayers().getFirst()));
    for (int i = 0; i < links; i++) {
      Files.createSymbolicLink(layer.resolve("link" + i), Path.of("a"));
    }
    StageFinished end = run(base, archive("**"));
    return engine.messages(end.attempt()).stream()
        .filter(FromWorker.Announcement.class::isInstance)
        .map(message -> ((FromWorker.Announcement) message).text())
        .toList();
  }

  @Test
  void aLinkIsNeverArchivedAndThatIsSaid() throws Exception {
    Snapshot base = workspace(Map.of("a", "1"));
    Path layer = cache.layerDirectory(LayerId.parse(base.workspaceLayers().getFirst()));
    Files.createSymbolicLink(layer.resolve("link"), Path.of("a"));
    StageFinished end = run(base, archive("**"));
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(artifacts().resolve("link")).doesNotExist();
    assertThat(engine.messages(end.attempt()))
        .anyMatch(message ->
            message instanceof FromWorker.Announcement said && said.text().contains("'link'"));
  }

  @Test
  void aNameThatWouldMisleadATerminalIsLeftOut() throws Exception {
    StageFinished end = run(workspace(Map.of("a\u001b[31m", "1", "b", "2")), archive("*"));
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    try (var files = Files.list(artifacts())) {
      assertThat(files).containsExactly(artifacts().resolve("b"));
    }
    assertThat(engine.messages(end.attempt()))
        .noneMatch(message ->
            message instanceof FromWorker.Announcement said && said.text().contains("\u001b"));
  }

  @Test
  void aGlobThatLeavesTheWorkspaceIsAnError() throws Exception {
    StageFinished end = run(workspace(Map.of("a", "1")), archive("../../etc/*"));
    assertThat(end.result()).isEqualTo(StageResult.ERRORED);
    assertThat(end.because()).contains("does not lie in the workspace");
  }

  @Test
  void aStashIsALayerOfAnotherStage() throws Exception {
    Snapshot base = workspace(Map.of("classes/A.class", "A", "classes/run.sh", "B", "other", "C"));
    Path layer = cache.layerDirectory(LayerId.parse(base.workspaceLayers().getFirst()));
    assertThat(layer.resolve("classes/run.sh").toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(layer.resolve("classes/link"), Path.of("A.class"));
    StageFinished first = run(base, stash("classes", "classes/"));
    assertThat(first.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(engine.messages(first.attempt()))
        .contains(new FromWorker.StashStored(first.attempt(), 0, "classes", 3, 2));

    StageFinished second = run(workspace(Map.of("x", "y")), new Action.Unstash("classes"));
    assertThat(second.result()).isEqualTo(StageResult.SUCCEEDED);
    List<String> layers = snapshot(second).workspaceLayers();
    assertThat(layers).hasSize(2);
    Path stashed = cache.layerDirectory(LayerId.parse(layers.getLast()));
    assertThat(stashed.resolve("classes/A.class")).hasContent("A");
    assertThat(stashed.resolve("classes/run.sh")).isExecutable();
    assertThat(Files.readSymbolicLink(stashed.resolve("classes/link"))).hasToString("A.class");
    assertThat(stashed.resolve("other")).doesNotExist();
  }

  @Test
  void aLaterStashOfTheNameReplacesTheEarlierOne() throws Exception {
    run(workspace(Map.of("a", "1")), stash("s", "a"));
    run(workspace(Map.of("b", "2")), stash("s", "b"));
    StageFinished end = run(Snapshot.of(RootImage.host()), new Action.Unstash("s"));
    Path stashed = cache.layerDirectory(LayerId.parse(snapshot(end).workspaceLayers().getLast()));
    assertThat(stashed.resolve("a")).doesNotExist();
    assertThat(stashed.resolve("b")).hasContent("2");
  }

  @Test
  void unstashingWhatIsNotThereTellsWhatIs() throws Exception {
    run(workspace(Map.of("a", "1")), stash("here", "a"));
    StageFinished end = run(Snapshot.of(RootImage.host()), new Action.Unstash("gone"));
    assertThat(outcome(end, 0))
        .isInstanceOfSatisfying(
            Failed.class, e -> assertThat(e.message()).contains("'gone'").contains("here"));
  }

  @Test
  void whatAnImageLacksIsToldOnce() throws Exception {
    cache.hostLacks("it lacks '/opt/large'");
    Snapshot base = StageDriver.emptyOnHost();
    StageFinished first = run(base, StageDriver.sh("true"), StageDriver.sh("true"));
    StageFinished second = run(base, StageDriver.sh("true"));
    assertThat(second.result()).isEqualTo(StageResult.SUCCEEDED);
    var said =
        Stream.of(first, second)
            .flatMap(end -> engine.messages(end.attempt()).stream())
            .filter(FromWorker.Announcement.class::isInstance)
            .map(FromWorker.Announcement.class::cast)
            .filter(announcement -> announcement.code().equals("incomplete-image"))
            .toList();
    assertThat(said).hasSize(1);
    assertThat(said.getFirst().text()).isEqualTo("it lacks '/opt/large'");
  }

  @Test
  void aStashIsNotTouchedByOneWhoseNameOnlyEndsOtherwise() throws Exception {
    Snapshot base = workspace(Map.of("a", "A", "b", "B"));
    assertThat(run(base, stash("x.part", "a")).result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(run(base, stash("x", "b")).result()).isEqualTo(StageResult.SUCCEEDED);
    StageFinished end = run(workspace(Map.of()), new Action.Unstash("x.part"));
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    Path stashed = cache.layerDirectory(LayerId.parse(snapshot(end).workspaceLayers().getLast()));
    assertThat(stashed.resolve("a")).hasContent("A");
  }

  @Test
  void anErrorDoesNotTellASecretThatItWouldQuote() throws Exception {
    secrets = List.of(new Secret("TOKEN", "hunter2222"));
    StageFinished end = run(workspace(Map.of("a", "1")), archive("../hunter2222/*"));
    assertThat(end.result()).isEqualTo(StageResult.ERRORED);
    assertThat(end.because()).contains("'../****/*'").doesNotContain("hunter");
    assertThat(outcome(end, 0).toString()).contains("****").doesNotContain("hunter");
  }

  private StageSettings keeping(long bytes) {
    return new StageSettings(
        null, Duration.ZERO, 1, StageSettings.NO_SCOPE, bytes, Isolation.CONTAINER);
  }

  @Test
  void archivesAndStashesOfAStageWriteAsMuchAsTheDiskCapTogetherAndNotMore() throws Exception {
    // Each of two files counts a block and its bytes, and each of them is kept twice.
    long all = 2 * 2 * (4096 + 10);
    Snapshot workspace = workspace(Map.of("a", "0123456789", "b", "0123456789"));
    StageFinished fits = run(keeping(all), workspace, archive("*"), stash("s", "*"));
    assertThat(fits.result()).as(fits.because()).isEqualTo(StageResult.SUCCEEDED);
    StageFinished tooMuch = run(keeping(all - 1), workspace, archive("*"), stash("t", "*"));
    assertThat(outcome(tooMuch, 0)).isInstanceOf(Succeeded.class);
    assertThat(outcome(tooMuch, 1))
        .isInstanceOfSatisfying(
            Failed.class,
            failed ->
                assertThat(failed.message())
                    .contains("takes more than %d bytes, its disk cap".formatted(all - 1)));
    StageFinished unstashed = run(keeping(4096), workspace(Map.of()), new Action.Unstash("s"));
    assertThat(outcome(unstashed, 0))
        .isInstanceOfSatisfying(
            Failed.class, failed -> assertThat(failed.message()).contains("its disk cap"));
  }
}
