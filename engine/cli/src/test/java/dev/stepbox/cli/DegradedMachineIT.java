package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The whole product for a user who was given nothing: in a user namespace that shows this user with
 * an id that no file of the system knows, so there are no subordinate ids; and, where it is said,
 * in a cgroup namespace, in which the delegated cgroups are not found.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DegradedMachineIT {
  private static final String ID = "54321";
  private static final String TWO_STEPS =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - checkout: scm
            - sh: echo "the first"
            - sh: echo "the second"
      """;

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void withoutDelegatedCgroupsABuildEndsBeforeItsFirstStep()
      throws IOException, InterruptedException {
    withoutCgroups();
    stepbox.pipeline(TWO_STEPS);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(4);
    assertThat(run.out())
        .contains("cannot enforce the caps on memory, pids")
        .contains("stepbox doctor", "--allow-unenforced-caps")
        .doesNotContain("▸ the first");
  }

  @Test
  void whenThatIsAllowedEveryStepSaysWhichCapsDoNotHold() throws IOException, InterruptedException {
    withoutCgroups();
    stepbox.pipeline(TWO_STEPS);
    Result run = stepbox.call("run", "--allow-unenforced-caps");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .containsSubsequence(
            "warning: Build/2: the caps on memory, pids do not hold",
            "▸ the first",
            "warning: Build/3: the caps on memory, pids do not hold",
            "▸ the second");
  }

  @Test
  void programsAreToldOfCapsThatDoNotHoldWithEveryStep() throws IOException, InterruptedException {
    withoutCgroups();
    stepbox.pipeline(TWO_STEPS);
    Result run = stepbox.call("run", "--allow-unenforced-caps", "--output", "json");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out().lines().filter(line -> line.contains("\"code\":\"unenforced-caps\"")))
        .satisfiesExactly(
            line -> assertThat(line).contains("\"stage\":\"Build\",\"step\":2"),
            line -> assertThat(line).contains("\"stage\":\"Build\",\"step\":3"))
        .allMatch(line -> line.startsWith("{\"event\":\"announcement\""));
  }

  @Test
  void aStageWithoutCapsThatNeedCgroupsStillNamesTheDiskCapAsHeld()
      throws IOException, InterruptedException {
    withoutCgroups();
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Fill
            steps:
              - sh: cat /dev/zero > zeros
                caps: {disk: 8MiB}
        """);
    Result run = stepbox.call("run", "--allow-unenforced-caps");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out()).contains("it reached its disk cap of 8M or 65536 files");
  }

  /** An image with files of several users, layers that are captured and mounted again. */
  @Test
  void withoutSubordinateIdsBuildsRunWithOneId() throws IOException, InterruptedException {
    withoutSubordinateIds();
    Result load =
        stepbox.call("image", "import", "several-users", "rootfs:" + rootOfSeveralUsers());
    assertThat(load.exitCode()).as(load.toString()).isZero();
    stepbox.pipeline(
        """
        stepbox: 1
        agent: {image: several-users}
        stages:
          - stage: Write
            steps:
              - sh: cat /srv/data; echo made > made; mkdir closed; echo x > closed/x; chmod 0 closed
              - sh: rm /srv/data
          - stage: Read
            steps:
              - sh: cat made closed/x; ls -l /srv; id -u
              - archive: made
        """);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .contains("Write ▸ of user 1000", "Read ▸ made", "Read ▸ x", "Read ▸ total 0", "Read ▸ 0");
    assertThat(Pattern.compile("warning: .*one id").matcher(run.out()).results())
        .as("told once: %s", run)
        .hasSize(1);
    assertThat(stepbox.call("cp", "1:made", ".").out()).isEqualTo("copied 1 file\n");
    assertThat(stepbox.call("image", "rm", "several-users").exitCode()).isZero();
    assertThat(stepbox.call("cache", "prune", "--all").exitCode()).isZero();
  }

  @Test
  void withoutTheHelpersOfIdMapsBuildsRunWithOneIdAndThePackageIsNamed()
      throws IOException, InterruptedException {
    String uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
    hiddenFrom(uid, "mount --bind /dev/null /usr/bin/newuidmap");
    stepbox.pipeline(TWO_STEPS);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("there is only one id", "▸ the second");
    assertThat(stepbox.call("doctor").out())
        .contains("newuidmap and newgidmap are not installed", "sudo apt-get install uidmap");
  }

  @Test
  void withoutAWayOutBuildsRunAndSaySo() throws IOException, InterruptedException {
    hiddenFrom(ID, "mount -t tmpfs none /dev/net");
    stepbox.pipeline(TWO_STEPS);
    Result run = stepbox.call("run", "--output", "json");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out().lines().filter(line -> line.contains("\"code\":\"no-egress\"")))
        .hasSize(1)
        .allMatch(line ->
            line.contains("steps reach nothing outside of the build")
                && line.contains("'stepbox doctor' tells the remedy"));
  }

  /** A directory with everything of the machine in it that is no mount itself. */
  @Test
  void inAChrootTheRefusalAndTheDoctorNameIt() throws IOException, InterruptedException {
    stepbox.startedBy(
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        """
        mount -t tmpfs none /mnt && mkdir /mnt/root || exit 99
        for path in /*; do
          if [ -L "$path" ]; then cp -P "$path" /mnt/root
          elif [ -d "$path" ] && [ "$path" != /mnt ]; then
            mkdir "/mnt/root$path" && mount --rbind "$path" "/mnt/root$path"
          fi
        done
        export PATH="$PATH:/usr/sbin:/sbin"
        exec chroot /mnt/root sh -c 'cd "$0" && exec "$@"' "$@"
        """,
        "sh",
        stepbox.directory().toString());
    stepbox.pipeline(TWO_STEPS);
    Result run = stepbox.call("run", "--allow-unenforced-caps");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(4);
    assertThat(run.out()).contains("this process runs in a chroot", "systemd-nspawn");
    assertThat(stepbox.call("doctor").out())
        .contains("this process runs in a chroot", "systemd-nspawn");
  }

  @Test
  void theDoctorNamesWhatIsMissingAndTheRemedy() throws IOException, InterruptedException {
    withoutCgroups();
    Result doctor = stepbox.call("doctor");
    assertThat(doctor.out())
        .contains("only one id can be used in a sandbox")
        .contains("the caps on cpu, memory, pids cannot be enforced")
        .contains("--allow-unenforced-caps");
  }

  private void withoutSubordinateIds() {
    stepbox.startedBy("unshare", "--user", "--map-user=" + ID, "--map-group=" + ID);
  }

  /** Started with an id on a machine on which a command has hidden something. */
  private void hiddenFrom(String id, String command) {
    stepbox.startedBy(
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        command + " && exec unshare --user --map-user=%1$s --map-group=%1$s \"$@\"".formatted(id),
        "sh");
  }

  private void withoutCgroups() {
    stepbox.startedBy("unshare", "--user", "--cgroup", "--map-user=" + ID, "--map-group=" + ID);
  }

  private Path rootOfSeveralUsers() throws IOException, InterruptedException {
    Path root = stepbox.folder().resolve("root");
    Path bin = Files.createDirectories(root.resolve("bin"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    for (String name : List.of("sh", "cat", "chmod", "id", "ls", "mkdir", "rm")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    Path archive = stepbox.folder().resolve("root.tar");
    tar("--create", "--owner=0", "--group=0", "--file=" + archive, "--directory=" + root, ".");
    Path data = Files.createDirectories(root.resolve("srv")).resolve("data");
    Files.writeString(data, "of user 1000\n");
    Files.setAttribute(data, "unix:mode", 0600);
    tar("--append", "--owner=1000", "--group=5", "--file=" + archive, "--directory=" + root, "srv");
    return archive;
  }

  private static void tar(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tar"));
    command.addAll(List.of(arguments));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
