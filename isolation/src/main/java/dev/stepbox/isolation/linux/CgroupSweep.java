package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.linux.LinuxSandboxes.Settings;
import dev.stepbox.isolation.plan.SupervisorPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Removes the cgroups of a build that has no supervisor any more. */
final class CgroupSweep {
  private CgroupSweep() {}

  /** What belongs to ids of steps is removed by the launcher, in their namespace. */
  static void remove(Settings settings, SupervisorRecord supervisor) throws InterruptedException {
    if (supervisor.cgroup().hasNested()) {
      List<String> command = new ArrayList<>();
      command.add(
          LauncherBinary.in(settings.launcherDirectory(), settings.architecture()).toString());
      command.addAll(SupervisorPlan.sweepArguments(supervisor.ids(), supervisor.cgroup()));
      run(command);
    }
    supervisor.cgroup().remove();
  }

  /** What it could not remove is told by who looks next. */
  private static void run(List<String> command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(SupervisorStart.START_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException ignored) {
      // A launcher that cannot be started removes nothing, which is found out by the caller.
    }
  }
}
