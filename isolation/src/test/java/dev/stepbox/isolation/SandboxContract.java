package dev.stepbox.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every implementation of {@link Sandboxes} does. Steps say what they do twice: as a command,
 * for those that execute it, and as variables, for the dry run.
 */
public abstract class SandboxContract {
  private Sandboxes sandboxes;
  private BuildSandbox build;
  private StageRoot root;

  /** The implementation under test. */
  protected abstract Sandboxes sandboxes() throws IOException;

  /** An empty directory, the store. */
  protected abstract Path store() throws IOException;

  /** A root with a shell. */
  protected abstract RootSpec rootSpec(BuildSandbox build, String name)
      throws IOException, InterruptedException;

  /** What else an implementation must be asked for. */
  protected IsolationRequest.Builder request(IsolationRequest.Builder request) {
    return request;
  }

  @BeforeEach
  void open() throws IOException, InterruptedException {
    sandboxes = sandboxes();
    build = sandboxes.open(request());
    root = build.mountRoot(rootSpec(build, "build"));
  }

  @AfterEach
  void close() {
    build.close();
  }

  private IsolationRequest request() throws IOException {
    return request(
            IsolationRequest.in(runDirectory(), store())
                .hostImage(IsolationRequest.HostImage.SHOWN))
        .build();
  }

  private Path runDirectory() throws IOException {
    return store().resolve("run");
  }

  @Test
  void aStepThatSucceedsExitsWithZero() throws InterruptedException {
    assertThat(run(exiting("step", 0)))
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isZero());
  }

  @Test
  void theExitCodeIsTheCommandsOwn() throws InterruptedException {
    assertThat(run(exiting("step", 42)))
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(42));
  }

  @Test
  void aSignalIsToldAsSuch() throws InterruptedException {
    SandboxExit exit = run(shell("step", "kill -SEGV $$", "SIGNAL", "11"));
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Signaled.class, signaled -> assertThat(signaled.signal()).isEqualTo(11));
  }

  @Test
  void outputIsCompleteWhenTheStepHasEnded() throws IOException, InterruptedException {
    RunningSandbox step = build.start(root, shell("step", "echo hello", "OUTPUT", "hello").build());
    SandboxExit exit = step.await();
    assertThat(step.output()).hasContent("hello\n");
    assertThat(exit.report().outputBytes()).isEqualTo(6);
    assertThat(exit.report().outputDroppedBytes()).isZero();
    assertThat(sandboxes.recordedOutput(runDirectory(), "step")).isEqualTo(step.output());
  }

  @Test
  void timesAreInTheirOrder() throws InterruptedException {
    long before = System.nanoTime();
    RunningSandbox step = build.start(root, exiting("step", 0).build());
    StepReport report = step.await().report();
    assertThat(report.requestedNanos()).isBetween(before, report.startedNanos());
    assertThat(report.endedNanos()).isBetween(report.startedNanos(), System.nanoTime());
    assertThat(step.startedNanos()).hasValue(report.startedNanos());
    assertThat(step.await(Duration.ZERO)).isTrue();
  }

  @Test
  void aTimeoutKillsTheStep() throws InterruptedException {
    SandboxExit exit = run(sleeping("step").timeout(Duration.ofMillis(50)));
    assertThat(exit)
        .isInstanceOfSatisfying(
            SandboxExit.Killed.class,
            killed -> assertThat(killed.reason()).isEqualTo(KillReason.TIMEOUT));
    assertThat(exit.report().endedNanos() - exit.report().startedNanos())
        .isGreaterThanOrEqualTo(Duration.ofMillis(50).toNanos());
  }

  @Test
  void aStepCanBeTerminated() throws InterruptedException {
    RunningSandbox step = build.start(root, sleeping("step").build());
    assertThat(step.await(Duration.ofMillis(20))).isFalse();
    step.terminate(Duration.ofSeconds(5));
    assertThat(step.await()).isInstanceOf(SandboxExit.Cancelled.class);
  }

  @Test
  void aStepCanBeKilled() throws InterruptedException {
    RunningSandbox step = build.start(root, sleeping("step").build());
    step.kill();
    assertThat(step.await()).isInstanceOf(SandboxExit.Cancelled.class);
    step.kill();
  }

  @Test
  void stepsRunSideBySide() throws InterruptedException {
    RunningSandbox first = build.start(root, sleeping("first").build());
    RunningSandbox second = build.start(root, exiting("second", 0).build());
    assertThat(second.await()).isInstanceOf(SandboxExit.Exited.class);
    assertThat(first.await(Duration.ZERO)).isFalse();
    assertThat(build.steps()).extracting(RunningSandbox::step).containsExactly("first", "second");
  }

  @Test
  void aWaitingThreadCanBeInterruptedAndTheStepGoesOn() throws InterruptedException {
    RunningSandbox step = build.start(root, sleeping("step").build());
    Thread.currentThread().interrupt();
    assertThatThrownBy(step::await).isInstanceOf(InterruptedException.class);
    assertThat(step.await(Duration.ofMillis(1))).isFalse();
    assertThat(build.step("step")).contains(step);
  }

  @Test
  void usageIsToldWhileTheStepRunsAndAfterwards() throws InterruptedException {
    RunningSandbox step = build.start(root, sleeping("step").build());
    assertThat(step.usage()).isNotNull();
    step.kill();
    assertThat(step.usage()).isNotNull();
    assertThat(step.await().report().usage()).isEqualTo(step.usage());
  }

  @Test
  void aNameIsUsedOnce() throws InterruptedException {
    build.start(root, exiting("step", 0).build()).await();
    assertInvalid(() -> build.start(root, exiting("step", 0).build()));
    build.forget("step");
    assertThat(build.start(root, exiting("step", 0).build()).await())
        .isInstanceOf(SandboxExit.Exited.class);
  }

  @Test
  void aForgottenStepLeavesNothing() throws InterruptedException {
    RunningSandbox step = build.start(root, exiting("step", 0).build());
    step.await();
    build.forget("step");
    assertThat(build.steps()).isEmpty();
    assertThat(step.output()).doesNotExist();
    build.forget("step");
  }

  @Test
  void aRunningStepCannotBeForgotten() throws InterruptedException {
    build.start(root, sleeping("step").build());
    assertInvalid(() -> build.forget("step"));
  }

  @Test
  void aRootIsMountedOnceAndUnmountedAnyNumberOfTimes() throws IOException, InterruptedException {
    RootSpec again = rootSpec(build, "build");
    assertInvalid(() -> build.mountRoot(again));
    assertThat(build.roots()).containsExactly(root);
    build.unmount(root);
    build.unmount(root);
    assertThat(build.roots()).isEmpty();
    assertInvalid(() -> build.start(root, exiting("step", 0).build()));
  }

  @Test
  void whatWasDetachedIsMetAgainWithItsSteps() throws IOException, InterruptedException {
    build.start(root, exiting("ended", 7).build()).await();
    build.start(root, sleeping("running").build());
    build.detach();
    assertThatThrownBy(() -> build.start(root, exiting("late", 0).build()))
        .isInstanceOf(SandboxException.class);

    build = sandboxes.reattach(runDirectory()).orElseThrow();

    assertThat(build.roots()).containsExactly(root);
    assertThat(build.steps()).extracting(RunningSandbox::step).containsExactly("ended", "running");
    assertThat(build.step("ended").orElseThrow().await())
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(7));
    RunningSandbox running = build.step("running").orElseThrow();
    assertThat(running.startedNanos()).isPresent();
    running.kill();
    assertThat(running.await()).isInstanceOf(SandboxExit.Cancelled.class);
    assertThat(build.start(root, exiting("next", 0).build()).await())
        .isInstanceOf(SandboxExit.Exited.class);
  }

  @Test
  void theEndOfAStepIsOnRecord() throws IOException, InterruptedException {
    build.start(root, exiting("step", 3).build()).await();
    assertThat(sandboxes.recordedExit(runDirectory(), "step"))
        .containsInstanceOf(SandboxExit.Exited.class);
    assertThat(sandboxes.recordedExit(runDirectory(), "other")).isEmpty();
  }

  @Test
  void nobodyIsMetWhereNobodyLives() throws IOException, InterruptedException {
    assertThat(sandboxes.reattach(store().resolve("nowhere"))).isEmpty();
    sandboxes.sweep(store().resolve("nowhere"));
    build.close();
    assertThat(sandboxes.reattach(runDirectory())).isEmpty();
  }

  @Test
  void closingEndsTheStepsAndCanBeRepeated() throws InterruptedException {
    RunningSandbox step = build.start(root, sleeping("step").build());
    build.close();
    build.close();
    assertThat(step.await())
        .isInstanceOfAny(
            SandboxExit.Cancelled.class, SandboxExit.Lost.class, SandboxExit.Signaled.class);
  }

  @Test
  void treesAreChangedListedCopiedAndRemoved() throws IOException, InterruptedException {
    IdMappedTrees trees = build.trees();
    Path tree = Files.createDirectories(store().resolve("tree"));
    Files.writeString(tree.resolve("file"), "content");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("file"));
    trees.adopt(tree);
    trees.apply(
        tree,
        List.of(
            new TreeChange.Directory("sub", 0750),
            new TreeChange.Mode("file", 0640),
            new TreeChange.Modified("file", 1_000_000_000, 5)));

    List<TreeEntry> entries = new ArrayList<>();
    trees.list(tree, entries::add);
    assertThat(entries)
        .extracting(TreeEntry::path)
        .containsExactlyInAnyOrder("file", "link", "sub");
    TreeEntry file = trees.entry(tree, "file").orElseThrow();
    assertThat(file.mode()).isEqualTo(0640);
    assertThat(file.size()).isEqualTo(7);
    assertThat(file.modifiedNanos()).isEqualTo(1_000_000_000L * 1_000_000_000 + 5);
    assertThat(trees.entry(tree, "link").orElseThrow().rawLink()).isEqualTo("file");
    assertThat(trees.entry(tree, "absent")).isEmpty();
    assertThat(trees.measure(tree).entries()).isEqualTo(4);

    Path target = Files.createDirectories(store().resolve("target"));
    trees.adopt(target);
    trees.copy(tree, "", target, "copy");
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    trees.read(target.resolve("copy"), "file", content);
    assertThat(content.toString(StandardCharsets.UTF_8)).isEqualTo("content");
    trees.remove(target.resolve("copy"));
    trees.remove(target.resolve("copy"));
    trees.remove(tree);
    assertThat(target).isEmptyDirectory();
    assertThat(tree).doesNotExist();
  }

  // ---- steps

  private SandboxExit run(SandboxSpec.Builder step) throws InterruptedException {
    return build.start(root, step.build()).await();
  }

  private static SandboxSpec.Builder exiting(String step, int code) {
    return shell(step, "exit " + code, "EXIT", Integer.toString(code));
  }

  private static SandboxSpec.Builder sleeping(String step) {
    return shell(step, "exec sleep 60", "SLEEP", "60000");
  }

  private static SandboxSpec.Builder shell(String step, String script, String key, String value) {
    SequencedMap<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
    environment.put("STEPBOX_DRYRUN_" + key, value);
    return SandboxSpec.step(step, List.of("/bin/sh", "-c", script)).environment(environment);
  }

  private static void assertInvalid(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(SandboxErrorCode.INVALID_REQUEST));
  }
}
