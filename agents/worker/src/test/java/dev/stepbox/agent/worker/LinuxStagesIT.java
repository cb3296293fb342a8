package dev.stepbox.agent.worker;

import static dev.stepbox.agent.worker.StageDriver.emptyOnHost;
import static dev.stepbox.agent.worker.StageDriver.sh;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Action.WhenEmpty;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.FromWorker.StageFinished;
import dev.stepbox.agent.protocol.FromWorker.StepFinished;
import dev.stepbox.agent.protocol.FromWorker.StepStarted;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.agent.protocol.Source;
import dev.stepbox.agent.protocol.StageResult;
import dev.stepbox.agent.protocol.StageSettings;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.layercache.LayerId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whole stages in real sandboxes: what steps see of each other's work, and what they leave. */
@Timeout(120)
class LinuxStagesIT {
  @RegisterExtension private final RealHome home = new RealHome();

  private @Nullable StageDriver started;

  private StageDriver driver() {
    return Objects.requireNonNull(started);
  }

  @BeforeEach
  void start() throws Exception {
    started = new StageDriver(home.config());
  }

  @AfterEach
  void end() throws Exception {
    driver().release();
    driver().close();
    assertThat(TestHome.directory(home.path(), StageDriver.BUILD).run()).doesNotExist();
    assertThat(home.holders()).isEmpty();
  }

  private static Snapshot snapshot(StageFinished end) {
    Snapshot snapshot = end.snapshot();
    assertThat(snapshot).isNotNull();
    return snapshot;
  }

  private Path layer(String id) throws InterruptedException {
    return home.directory(id);
  }

  @Test
  void filesStayBetweenStepsAndNothingElseDoes() throws Exception {
    StageFinished end =
        driver()
            .run(
                emptyOnHost(),
                sh("echo kept > file; echo gone > /tmp/file; sleep 300 & export LOST=1; pwd"),
                sh("cat file; ls /tmp | wc -l; echo \"LOST=$LOST\"; ls -d /proc/[0-9]* | wc -l"));
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(driver().output(end, 0)).isEqualTo("/workspace\n");
    assertThat(driver().output(end, 1).lines().toList().subList(0, 3))
        .containsExactly("kept", "0", "LOST=");
  }

  @Test
  void aSnapshotIsWhereTheNextStageBegins() throws Exception {
    StageFinished first =
        driver().run(emptyOnHost(), sh("echo one > a; echo one > b; touch /root/tool"));
    StageFinished second =
        driver().run(snapshot(first), sh("cat a b; ls /root/tool; rm a; echo two > b; mkdir c"));
    StageFinished third = driver().run(snapshot(second), sh("ls; cat b"));
    assertThat(driver().output(second, 0)).isEqualTo("one\none\n/root/tool\n");
    assertThat(driver().output(third, 0)).isEqualTo("b\nc\ntwo\n");
    assertThat(snapshot(third).workspaceLayers())
        .as("a stage that wrote nothing adds no layer")
        .isEqualTo(snapshot(second).workspaceLayers());
  }

  @Test
  void twoStagesFromOneSnapshotDoNotSeeEachOther() throws Exception {
    Snapshot base = snapshot(driver().run(emptyOnHost(), sh("echo base > file")));
    StageFinished left = driver().run(base, sh("echo left >> file"));
    StageFinished right = driver().run(base, sh("cat file"));
    assertThat(driver().output(right, 0)).isEqualTo("base\n");
    assertThat(layer(snapshot(left).workspaceLayers().getLast()).resolve("file"))
        .hasContent("base\nleft\n");
  }

  @Test
  void aCheckoutAfterOtherStepsLiesOnTop() throws Exception {
    LayerId source = home.layerOf(Map.of("src/main", "source\n", "file", "source\n"));
    StageFinished end =
        driver()
            .run(
                emptyOnHost(),
                sh("echo step > file; mkdir src; echo step > src/other"),
                new Action.Checkout(new Source(source.toString(), null, null)),
                sh("cat file src/main src/other; echo after > src/main"),
                sh("cat src/main"));
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(driver().output(end, 2)).isEqualTo("source\nsource\nstep\n");
    assertThat(driver().output(end, 3)).isEqualTo("after\n");
    assertThat(snapshot(end).workspaceLayers()).hasSize(3);
  }

  @Test
  void aStepOnItsOwnImageSharesTheWorkspaceAndKeepsItsRootApart() throws Exception {
    RootImage image = home.busybox("{}");
    StageFinished end =
        driver()
            .run(
                emptyOnHost(),
                sh("echo host > file; echo host > /root/marker"),
                sh("cat file /marker; test ! -e /usr; echo box > file; touch /own", image),
                sh("cat file /root/marker; test ! -e /own"),
                sh("ls /own", image));
    assertThat(end.result()).as(end.because()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(driver().output(end, 1)).isEqualTo("host\nbusybox image\n");
    assertThat(driver().output(end, 2)).isEqualTo("box\nhost\n");
    assertThat(driver().output(end, 3)).isEqualTo("/own\n");
  }

  @Test
  void anImagesUserAndVariablesAreHonoured() throws Exception {
    RootImage image = home.busybox("{\"User\": \"node\", \"Env\": [\"FROM_IMAGE=yes\"]}");
    StageFinished end = driver().run(Snapshot.of(image), sh("id -u; echo $HOME $FROM_IMAGE; pwd"));
    assertThat(end.result()).as(end.because()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(driver().output(end, 0)).isEqualTo("1000\n/home/node yes\n/workspace\n");
  }

  @Test
  void aCacheMountIsSharedByStagesAndNotInTheSnapshot() throws Exception {
    StageFinished first =
        driver().run(emptyOnHost(), sh("echo cached > ~/.m2/file", null, "~/.m2", "node_modules"));
    StageFinished second =
        driver()
            .run(emptyOnHost(), sh("cat /root/.m2/file", null, "~/.m2"), sh("ls ~/.m2 | wc -l"));
    assertThat(first.result()).as(first.because()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(driver().output(second, 0)).isEqualTo("cached\n");
    assertThat(driver().output(second, 1)).isEqualTo("0\n");
  }

  @Test
  void filesOfOtherUsersAreArchivedAndStashed() throws Exception {
    StageFinished first =
        driver()
            .run(
                emptyOnHost(),
                sh("mkdir -m 700 d; echo secret > d/file; chmod 600 d/file; chown -R 1234:99 d"),
                new Action.Archive(List.of("d/*"), List.of(), WhenEmpty.FAIL),
                new Action.Stash("files", List.of("d/"), List.of(), WhenEmpty.FAIL));
    assertThat(first.result()).as(first.because()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(TestHome.directory(home.path(), "1").artifacts().resolve("d/file"))
        .hasContent("secret");
    StageFinished second =
        driver()
            .run(emptyOnHost(), sh("echo x > y"), new Action.Unstash("files"), sh("cat d/file y"));
    assertThat(driver().output(second, 2)).isEqualTo("secret\nx\n");
  }

  @Test
  void holesOfAFileStayHolesInArchivesAndStashes() throws Exception {
    StageFinished first =
        driver()
            .run(
                emptyOnHost(),
                sh(
                    "mkdir d; truncate -s 3G d/big; printf middle"
                        + " | dd of=d/big bs=1 seek=1G conv=notrunc"),
                new Action.Archive(List.of("d/*"), List.of(), WhenEmpty.FAIL),
                new Action.Stash("files", List.of("d/"), List.of(), WhenEmpty.FAIL));
    assertThat(first.result()).as(first.because()).isEqualTo(StageResult.SUCCEEDED);
    Path kept = TestHome.directory(home.path(), "1").artifacts().resolve("d/big");
    assertThat(Files.size(kept)).isEqualTo(3L << 30);
    assertThat(blocks(kept)).isLessThan(100);
    StageFinished second =
        driver()
            .run(
                emptyOnHost(),
                new Action.Unstash("files"),
                sh(
                    "dd if=d/big bs=1 skip=1G count=6 status=none; stat -c ' %s' d/big;"
                        + " test $(stat -c %b d/big) -lt 1000"));
    assertThat(second.result()).as(second.because()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(driver().output(second, 1)).isEqualTo("middle %d\n".formatted(3L << 30));
  }

  private static long blocks(Path file) throws Exception {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    return Long.parseLong(new String(stat.getInputStream().readAllBytes(), UTF_8).strip());
  }

  @Test
  void whatAFailedStageLeftCanBeLookedAt() throws Exception {
    StageFinished end = driver().run(emptyOnHost(), sh("echo evidence > file; exit 3"));
    assertThat(end.result()).isEqualTo(StageResult.FAILED);
    assertThat(layer(snapshot(end).workspaceLayers().getLast()).resolve("file"))
        .hasContent("evidence");
  }

  @Test
  void scriptsRunAsTheySay() throws Exception {
    var bash =
        new Action.Shell(
            "false | true; echo never",
            Interpreter.BASH,
            null,
            Caps.none(),
            null,
            List.of(),
            NetworkMode.NONE,
            Terminal.NONE,
            Nesting.NONE);
    StageFinished end =
        driver()
            .run(
                emptyOnHost(),
                sh("#!/usr/bin/env bash\necho ${BASH_VERSION:+bash} \"$0\""),
                sh("echo '" + "x".repeat(150_000) + "' | wc -c"),
                bash);
    assertThat(driver().output(end, 0)).startsWith("bash /tmp/");
    assertThat(driver().output(end, 1)).isEqualTo("150001\n");
    assertThat(end.because()).contains("exited with 1");
    assertThat(driver().output(end, 2)).isEmpty();
  }

  @Test
  void aProgramThatTheImageDoesNotHaveIsTheStepsOwnFault() throws Exception {
    StageFinished end = driver().run(emptyOnHost(), sh("#!/no/such/interpreter"));
    assertThat(end.result()).isEqualTo(StageResult.FAILED);
    assertThat(end.because()).contains("): cannot execute '/no/such/interpreter'");
    assertThat(driver().engine().messages(end.attempt()))
        .as("what ends has begun")
        .anyMatch(StepStarted.class::isInstance);
    StepFinished tried =
        driver().engine().await(StepFinished.class, each -> each.attempt().equals(end.attempt()));
    assertThat(tried.outcome().toString())
        .contains("cannot execute '/no/such/interpreter'", "in image 'host'");
  }

  @Test
  void aTerminalIsThereWhenAsked() throws Exception {
    var onTerminal =
        new Action.Shell(
            "test -t 1 && stty size && echo $TERM",
            Interpreter.SH,
            null,
            Caps.none(),
            Duration.ofSeconds(20),
            List.of(),
            NetworkMode.NONE,
            Terminal.PTY,
            Nesting.NONE);
    StageFinished end = driver().run(emptyOnHost(), onTerminal);
    assertThat(driver().output(end, 0)).isEqualTo("40 120\r\nxterm-256color\r\n");
  }

  @Test
  void muchOutputArrivesWholeAndMasked() throws Exception {
    Assignment assignment =
        StageDriver.assignment(
                "much", emptyOnHost(), sh("yes \"line with $TOKEN in it\" | head -n 2000000"))
            .toBuilder()
            .secrets(List.of(new Secret("TOKEN", "hunter2222")))
            .build();
    StageFinished end = driver().run(assignment);
    String output = driver().output(end, 0);
    assertThat(output).hasSize(2_000_000 * "line with **** in it\n".length());
    assertThat(output).doesNotContain("hunter");
  }

  @Test
  void outputBeyondItsLimitIsDroppedAndThatIsSaid() throws Exception {
    Assignment assignment =
        StageDriver.assignment("limit", emptyOnHost(), sh("yes | head -c 5000"));
    StageFinished end =
        driver()
            .run(
                assignment.toBuilder()
                    .settings(
                        new StageSettings(
                            null, Duration.ofSeconds(1), 1000, "a", null, Isolation.CONTAINER))
                    .build());
    assertThat(end.result()).isEqualTo(StageResult.SUCCEEDED);
    assertThat(driver().output(end, 0)).hasSize(1000);
    assertThat(driver().engine().messages(end.attempt()).toString()).contains("output-truncated");
  }

  @Test
  void theTimesOfAStepAreThoseOfItsProcess() throws Exception {
    StageFinished end = driver().run(emptyOnHost(), sh("true"), sh("sleep 0.2"));
    StepFinished slept =
        driver()
            .engine()
            .await(
                StepFinished.class,
                each -> each.attempt().equals(end.attempt()) && each.step() == 1);
    assertThat(slept.timings().elapsed()).isBetween(Duration.ofMillis(100), Duration.ofSeconds(30));
    assertThat(slept.timings().startLatency()).isPositive().isLessThan(Duration.ofSeconds(30));
    assertThat(TimeUnit.SECONDS.convert(end.elapsed())).isLessThan(60);
  }
}
