package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.cgroup.BuildCgroup;
import dev.stepbox.isolation.cgroup.CgroupHome;
import dev.stepbox.isolation.host.Doctor;
import dev.stepbox.isolation.host.DoctorReport;
import dev.stepbox.isolation.host.HostFiles;
import dev.stepbox.isolation.host.IdMaps;
import dev.stepbox.isolation.host.Probe;
import dev.stepbox.isolation.host.Probe.Result;
import dev.stepbox.isolation.linux.LinuxSandboxes.Settings;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.SupervisorPlan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets the launcher try on this machine what a sandbox needs. */
final class LauncherProbe {
  static final int OUTPUT_BYTES_MAX = 64 * 1024;

  private final Settings settings;

  private final CgroupRegister register;

  LauncherProbe(Settings settings, CgroupRegister register) {
    this.settings = settings;
    this.register = register;
  }

  DoctorReport examine(Path store) throws InterruptedException {
    return new Doctor(settings.host(), store, probe(store)).examine();
  }

  List<Probe> probe(Path store) throws InterruptedException {
    HostFiles host = settings.host();
    Path launcher;
    try {
      launcher = LauncherBinary.in(settings.launcherDirectory(), settings.architecture());
    } catch (SandboxException ignored) {
      // The report says so itself: without the launcher there is nothing to tell.
      return List.of();
    }
    String name = "stepbox-doctor-" + ProcessHandle.current().pid();
    BuildCgroup cgroup = cgroup(host, name);
    IdMap ids = IdMaps.choose(host.idFacts());
    Path scratch = scratch(store, ids);
    try {
      List<String> command = new ArrayList<>(List.of(launcher.toString()));
      command.addAll(
          SupervisorPlan.probeArguments(scratch, ids, cgroup, host.machineFinder().kvm()));
      return run(command, SupervisorStart.START_MAX);
    } finally {
      cgroup.remove();
      register.leave(name);
      forget(scratch);
    }
  }

  /**
   * A directory on the file system where layers will lie, for what depends on it; null when none
   * can be made, which the check of the store tells.
   */
  private static @Nullable Path scratch(Path store, IdMap ids) {
    Path at = store.toAbsolutePath();
    for (Path up = at.getParent(); up != null && !Files.isDirectory(at); up = up.getParent()) {
      at = up;
    }
    try {
      Path scratch = Files.createTempDirectory(at, ".stepbox-doctor-");
      Adoption.of(ids).adopt(scratch);
      return scratch;
    } catch (IOException ignored) {
      return null;
    }
  }

  private static void forget(@Nullable Path scratch) {
    if (scratch == null) {
      return;
    }
    try {
      Files.deleteIfExists(scratch);
    } catch (IOException ignored) {
      // A probe that left something there said why.
    }
  }

  private BuildCgroup cgroup(HostFiles host, String name) {
    CgroupHome home = host.cgroupFinder().find();
    if (home instanceof CgroupHome.Scope) {
      return BuildCgroup.none();
    }
    try {
      register.enter(name, BuildCgroup.in(home, name));
      return BuildCgroup.create(home, name, Adoption.of(IdMaps.choose(host.idFacts())).owner());
    } catch (SandboxException ignored) {
      // The check of cgroups tells it; the other probes do not need them.
      return BuildCgroup.none();
    }
  }

  /**
   * Runs the launcher's probes.
   *
   * @param max how long they may take; what was told by then is what is known
   */
  static List<Probe> run(List<String> command, Duration max) throws InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", SupervisorStart.PATH);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      Thread guard = Thread.ofPlatform().daemon().start(() -> endAfter(process, max));
      try (InputStream out = process.getInputStream()) {
        List<Probe> probes = parse(new String(out.readNBytes(OUTPUT_BYTES_MAX), UTF_8));
        process.waitFor();
        return probes;
      } finally {
        guard.interrupt();
      }
    } catch (IOException ignored) {
      // It cannot be executed where it lies, which the report says itself.
      return List.of();
    }
  }

  /** Ends a probe that hangs, and with it everything that keeps its output open. */
  private static void endAfter(Process process, Duration max) {
    try {
      if (!process.waitFor(max)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (InterruptedException ignored) {
      // It has ended by itself.
    }
  }

  static List<Probe> parse(String output) {
    List<Probe> probes = new ArrayList<>();
    for (String text : output.lines().toList()) {
      StatusLine line = StatusLine.parse(text);
      if (line.word().equals("probe")) {
        probes.add(
            new Probe(
                line.field("name"),
                result(line.field("result")),
                line.field("error"),
                line.field("text")));
      }
    }
    return probes;
  }

  private static Result result(String word) {
    return switch (word) {
      case "yes" -> Result.YES;
      case "skipped" -> Result.SKIPPED;
      default -> Result.NO;
    };
  }
}
