package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Stages in virtual machines: {@code ./check machines} has what it needs, and runs it. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class VirtualMachineIT {
  private static final String COUNT = "for i in $(seq 1 30); do echo line $i; sleep 0.1; done";

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  private static String kernel() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
  }

  @Test
  void aStageHasAKernelOfItsOwnAndTheFilesOfTheOthers() throws Exception {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Here
            steps:
              - sh: uname -r; echo made here > file; chmod 0640 file
          - stage: There
            isolation: vm
            caps: {memory: 300MiB, cpu: 1}
            steps:
              - sh: echo "kernel $(uname -r)"; cat file; stat -c owner=%u:%g,%a file
              - sh: echo there > more
              - sh: cat /var/cache/it/x || true; echo cached > /var/cache/it/x
                cache: [/var/cache/it]
              - archive: more
            post:
              always:
                - sh: cat more
          - stage: Back
            steps:
              - sh: cat more file
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .contains(
            "Here ▸ " + kernel(), "There ▸ made here", "There ▸ owner=0:0,640", "There ▸ there")
        .doesNotContain("There ▸ kernel " + kernel());
    Result again = stepbox.call("run");
    assertThat(again.exitCode()).as(again.toString()).isZero();
    assertThat(again.out()).contains("There ▸ cached", "Back ▸ there", "Back ▸ made here");
  }

  @Test
  void anOptionPutsEveryStageIntoAMachineOrNone() throws Exception {
    stepbox.pipeline(
        """
        stepbox: 1
        isolation: vm
        stages:
          - stage: Only
            steps:
              - sh: uname -r
        """);
    assertThat(stepbox.call("run").out()).doesNotContain("Only ▸ " + kernel());
    assertThat(stepbox.call("run", "--isolation", "container").out())
        .contains("Only ▸ " + kernel());
    Result wrong = stepbox.call("run", "--isolation", "jail");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("Give 'container' or 'vm'");
  }

  @Test
  void aKilledEngineLosesNoLineOfAMachine() throws Exception {
    stepbox.pipeline(
        """
        stepbox: 1
        isolation: vm
        stages:
          - stage: Long
            steps:
              - sh: %s
              - sh: echo after
        """
            .formatted(COUNT));
    Running run = stepbox.start("run");
    run.awaitText("Long ▸ line 3");
    run.process().destroyForcibly();
    run.await();
    Result attached = stepbox.call("attach", "1");
    assertThat(attached.exitCode()).as(attached.toString()).isZero();
    String log = stepbox.call("logs", "1").out();
    for (int line = 1; line <= 30; line++) {
      assertThat(log).containsOnlyOnce("line " + line + "\n");
    }
    assertThat(log).containsOnlyOnce("after\n");
  }

  @Test
  void aKilledEmulatorMakesTheStepErroredWithTheTruth() throws Exception {
    stepbox.pipeline(
        """
        stepbox: 1
        isolation: vm
        stages:
          - stage: Long
            steps:
              - sh: echo begun; sleep 60
        """);
    Running run = stepbox.start("run");
    run.awaitText("Long ▸ begun");
    ProcessHandle emulator =
        ProcessHandle.allProcesses()
            .filter(each -> each.info().command().orElse("").contains("qemu-system"))
            .filter(this::isOurs)
            .findFirst()
            .orElseThrow();
    emulator.destroyForcibly();
    Result result = run.await();
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(5);
    assertThat(result.out() + result.err()).contains("the emulator ended");
  }

  private boolean isOurs(ProcessHandle process) {
    for (ProcessHandle at = process; at != null; at = at.parent().orElse(null)) {
      if (at.info().arguments().stream()
          .flatMap(java.util.Arrays::stream)
          .anyMatch(word -> word.startsWith(stepbox.folder().toString()))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void theNetworkOfTheHostIsRefusedInAMachine() throws Exception {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Reach
            isolation: vm
            steps:
              - sh: 'true'
                network: host
        """);
    Result run = stepbox.call("run", "--allow-host-network");
    assertThat(run.exitCode()).as(run.toString()).isNotZero();
    assertThat(run.out() + run.err()).contains("a virtual machine has no network of the host");
  }
}
