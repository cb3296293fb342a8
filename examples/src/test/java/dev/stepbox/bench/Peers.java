package dev.stepbox.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The other ways to run {@code true} in a container, each as its own documentation says, on the
 * same static root file system. Those that need root get it: their figures are their best ones.
 */
final class Peers implements AutoCloseable {
  private final Path scratch;
  private final Commands commands;
  private final List<String> asUser;
  private Path root = Path.of("/nonexistent");
  private final SequencedMap<String, String> oneRun = new LinkedHashMap<>();
  private @Nullable Process dockerDaemon;

  Peers(Path scratch, Commands commands, List<String> asUser) {
    this.scratch = scratch;
    this.commands = commands;
    this.asUser = asUser;
  }

  /** Prepares whatever is installed; what is missing is left out of the table, not guessed. */
  void prepare() throws IOException, InterruptedException {
    root = Files.createDirectories(scratch.resolve("peer-root"));
    for (String directory : List.of("bin", "proc", "dev", "tmp", "etc", "sys")) {
      Files.createDirectories(root.resolve(directory));
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/true"));
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/sh"));
    commands.millis(
        List.of("tar", "--create", "--file", archive().toString(), "--directory", root + "", "."));
    if (installed("bwrap")) {
      oneRun.put(
          "bwrap",
          String.join(" ", asUser)
              + " bwrap --unshare-all --ro-bind %s / --proc /proc --dev /dev /bin/true"
                  .formatted(root));
    }
    if (installed("runc")) {
      prepareRunc();
    }
    if (installed("podman")) {
      preparePodman();
    }
    if (installed("dockerd")) {
      prepareDocker();
    }
  }

  /** The shell command of one run for each peer, by its name. */
  Map<String, String> oneRun() {
    return oneRun;
  }

  Path archive() {
    return scratch.resolve("peer-root.tar");
  }

  /** The docker command line of the private daemon. */
  String docker() {
    return "docker --host unix://" + scratch.resolve("docker.sock");
  }

  boolean hasDocker() {
    return dockerDaemon != null;
  }

  private static boolean installed(String program) {
    for (String directory : List.of("/usr/bin", "/usr/sbin", "/usr/local/bin")) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  private void prepareRunc() throws IOException, InterruptedException {
    Path bundle = Files.createDirectories(scratch.resolve("runc"));
    commands.millis(List.of("runc", "spec", "--bundle", bundle.toString()));
    Path config = bundle.resolve("config.json");
    String text =
        Files.readString(config)
            .replace("\"terminal\": true", "\"terminal\": false")
            .replaceFirst("\"sh\"", "\"/bin/true\"")
            .replace("\"path\": \"rootfs\"", "\"path\": \"" + root + "\"")
            .replaceFirst(
                "\"linux\": \\{", "\"linux\": {\"cgroupsPath\": \"/stepbox-bench/runc\",");
    Files.writeString(config, text);
    oneRun.put(
        "runc",
        "runc --root %s run --bundle %s bench".formatted(scratch.resolve("runc-state"), bundle));
  }

  private void preparePodman() throws IOException, InterruptedException {
    String podman =
        "podman --root %s --runroot %s --cgroup-manager cgroupfs"
            .formatted(scratch.resolve("podman"), scratch.resolve("podman-run"));
    commands.millis(List.of("/bin/sh", "-c", podman + " import " + archive() + " bench:latest"));
    oneRun.put(
        "podman",
        // Limits of its own, since root of a container may not raise those it was given; and runc,
        // since crun refuses machines with both versions of cgroups.
        podman
            + " --runtime runc run --rm --network none --ulimit nofile=1024:1024"
            + " --ulimit nproc=1024:1024 --cgroup-parent /stepbox-bench bench:latest /bin/true");
  }

  private void prepareDocker() throws IOException, InterruptedException {
    dockerDaemon =
        new ProcessBuilder(
                "dockerd",
                "--host=unix://" + scratch.resolve("docker.sock"),
                "--data-root=" + scratch.resolve("docker"),
                "--exec-root=" + scratch.resolve("docker-exec"),
                "--pidfile=" + scratch.resolve("docker.pid"),
                "--cgroup-parent=/stepbox-bench",
                "--iptables=false",
                "--ip6tables=false",
                "--bridge=none")
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("dockerd.log").toFile())
            .start();
    String waitForDaemon =
        "i=0; until %s version; do i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.2; done"
            .formatted(docker());
    if (commands.run(List.of("/bin/sh", "-c", waitForDaemon)).exitCode() != 0) {
      dockerDaemon.destroy();
      dockerDaemon.onExit().join();
      dockerDaemon = null;
      return;
    }
    commands.millis(List.of("/bin/sh", "-c", docker() + " import " + archive() + " bench:latest"));
    oneRun.put("docker", docker() + " run --rm --network none bench:latest /bin/true");
  }

  @Override
  public void close() {
    if (dockerDaemon != null) {
      dockerDaemon.destroy();
      dockerDaemon.onExit().join();
    }
  }
}
