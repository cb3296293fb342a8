package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pipeline file may not take for itself, tried by pipelines that take it. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class PermissionsIT {
  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void theNetworkOfTheMachineIsForThoseWhoAreAllowedIt() throws IOException, InterruptedException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      stepbox.pipeline(
          """
          stepbox: 1
          stages:
            - stage: Reach
              steps:
                - sh: {script: 'exec 3<>/dev/tcp/127.0.0.1/%d && echo reached', shell: bash}
                  network: host
          """
              .formatted(server.getLocalPort()));

      Result refused = stepbox.call("run");
      assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(4);
      assertThat(refused.err())
          .contains("stepbox.yaml:5:9: Reach/1 asks for", "--allow-host-network", "[E010]");
      assertThat(stepbox.call("builds").out()).startsWith("no builds yet");
      Result plan = stepbox.call("plan");
      assertThat(plan.exitCode()).isZero();
      assertThat(plan.out()).contains("refuses this build:\n  stepbox.yaml:5:9: Reach/1 asks for");
      assertThat(stepbox.call("plan", "--allow-host-network").out()).doesNotContain("refuses");

      Result run = stepbox.call("run", "--allow-host-network");
      assertThat(run.exitCode()).as(run.toString()).isZero();
      assertThat(run.out()).contains("Reach ▸ reached");
      Map<String, String> always = Map.of("STEPBOX_ALLOW_HOST_NETWORK", "1");
      assertThat(stepbox.start(always, "run").await().exitCode()).isZero();
    }
  }

  @Test
  void aBuildThatIsCarriedOnKeepsWhatItWasAllowed() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: echo begun; sleep 2
                network: host
              - sh: echo after
                network: host
        """);
    Running run = stepbox.start("run", "--allow-host-network");
    run.awaitText("Long ▸ begun");
    run.process().destroyForcibly();
    run.await();
    Result attached = stepbox.call("attach", "1");
    assertThat(attached.exitCode()).as(attached.toString()).isZero();
    assertThat(attached.out()).contains("Long ▸ after");
  }

  @Test
  void filesOfTheUserAreNoImagesUnlessAllowed() throws IOException, InterruptedException {
    Path archive = stepbox.folder().resolve("backup.tar");
    Files.createDirectories(stepbox.folder().resolve("files"));
    Files.writeString(stepbox.folder().resolve("files/key"), "secret\n");
    Process tar =
        new ProcessBuilder(
                "tar",
                "--owner=0",
                "--group=0",
                "-C",
                stepbox.folder().resolve("files").toString(),
                "-cf",
                archive.toString(),
                ".")
            .start();
    assertThat(tar.waitFor()).isZero();
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Read
            agent: {image: rootfs:../backup.tar}
            steps:
              - sh: cat /key
        """);

    Result refused = stepbox.call("run");
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err())
        .contains("stepbox.yaml:3:12: Read asks for image 'rootfs:../backup.tar'")
        .contains("--allow-path " + archive.toRealPath() + " allows it");
    Files.createSymbolicLink(stepbox.directory().resolve("image.tar"), archive);
    stepbox.pipeline(
        """
        stepbox: 1
        agent: {image: rootfs:image.tar}
        stages: [{stage: Read, steps: [{sh: cat /key}]}]
        """);
    assertThat(stepbox.call("run").exitCode()).as("a link to it").isEqualTo(4);

    // It holds no shell, so the step cannot run: but the image is taken.
    Result allowed = stepbox.call("run", "--allow-path", "../backup.tar");
    assertThat(allowed.exitCode()).as(allowed.toString()).isNotEqualTo(4);
    assertThat(allowed.out()).contains("build 1 of stepbox.yaml");
  }

  @Test
  void repositoriesOfTheUserAreNoSourcesUnlessAllowed() throws IOException, InterruptedException {
    Path mine = Files.createDirectory(stepbox.folder().resolve("mine"));
    git(mine, "init", "-q");
    Files.writeString(mine.resolve("key"), "secret\n");
    git(mine, "add", "key");
    git(mine, "commit", "-q", "-m", "one");
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Read
            steps:
              - checkout: {url: ../mine}
              - sh: cat key
        """);

    Result refused = stepbox.call("run");
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err()).contains("stepbox.yaml:5:9: Read/1 asks for repository '../mine'");
    Map<String, String> allowed = Map.of("STEPBOX_ALLOW_PATHS", "/nowhere:" + mine);
    Result run = stepbox.start(allowed, "run").await();
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Read ▸ secret");
  }

  private static void git(Path directory, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "user.name=t", "-c", "user.email=t@example.org"));
    command.addAll(List.of(arguments));
    Process git = new ProcessBuilder(command).directory(directory.toFile()).start();
    assertThat(git.waitFor()).isZero();
  }
}
