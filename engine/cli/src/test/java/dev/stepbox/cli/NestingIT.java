package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Steps that make containers themselves, with programs as they are installed. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class NestingIT {
  /** What the product needs of a class path. */
  private static final Pattern PRODUCT =
      Pattern.compile(
          ".*/(classes|(agents|engine|isolation|layer-cache|pipeline-parser|picocli|snakeyaml|jnr|"
              + "jffi|asm|org.eclipse.jgit|JavaEWAH|commons-codec|slf4j|jspecify|zstd)[^/]*"
              + "(?<!-tests)[.]jar)");

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void stepboxRunsInAStepAtFullLevelWithCaps() throws Exception {
    copyProduct(stepbox.directory().resolve("lib"));
    Path inner = Files.createDirectory(stepbox.directory().resolve("inner"));
    Files.writeString(
        inner.resolve("stepbox.yaml"),
        """
        stepbox: 1
        stages:
          - stage: Inner
            steps:
              - checkout: scm
              - sh: echo "hello as $(id -u) of $(($(wc -l < /proc/self/uid_map))) map"
              - sh: head -c 300M /dev/zero | tail -c 200M | wc -c
                caps: {memory: 64MiB}
        """);
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Outer
            steps:
              - checkout: scm
              - name: nested
                sh: |
                  export STEPBOX_HOME=/root/nested
                  inner() { %s/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp %s \
                    --enable-native-access=ALL-UNNAMED dev.stepbox.cli.Main "$@"; }
                  cd inner
                  inner doctor || true
                  code=0
                  inner run || code=$?
                  echo "ended with $code"
                nesting: true
                cache: [/root/nested]
        """
            .formatted(System.getProperty("java.home"), classPath()));

    Result run = stepbox.call("run", "--allow-nesting");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .contains("Outer/2: this step may make namespaces itself ('nesting: true')")
        .contains("This machine isolates steps in full (L3).")
        .contains("all caps can be enforced, by cgroups")
        .contains("Inner ▸ hello as 0 of 1 map")
        .contains("killed: it reached its memory cap of 64M")
        .contains("ended with 1");
  }

  @Test
  void podmanRunsAndBuildahBuildsAnImageThatIsAFile() throws Exception {
    image(stepbox.directory().resolve("box.tar"));
    Files.writeString(
        stepbox.directory().resolve("Containerfile"),
        "FROM localhost/box\nRUN echo built in a step > /made\n");
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Containers
            steps:
              - checkout: scm
              - sh: |
                  podman import --quiet box.tar box
                  podman run --rm --network none localhost/box sh -c 'echo "run as $(id -u)"'
                nesting: true
                cache: [/var/lib/containers]
              - sh: buildah build --quiet --tag made .
                nesting: true
                cache: [/var/lib/containers]
              - sh: podman run --rm --network none localhost/made cat /made
                nesting: true
                cache: [/var/lib/containers]
        """);
    Result run = stepbox.call("run", "--allow-nesting");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Containers ▸ run as 0", "Containers ▸ built in a step");
  }

  @Test
  void nestingIsForThoseWhoAreAllowedIt() throws Exception {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Reach
            steps:
              - sh: unshare --user true && echo made
                nesting: true
              - sh: unshare --user true || echo none
        """);
    Result refused = stepbox.call("run");
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err())
        .contains("stepbox.yaml:5:9: Reach/1 asks for namespaces of its own making")
        .contains("--allow-nesting", "[E010]");
    Result plan = stepbox.call("plan");
    assertThat(plan.out()).contains("  nesting", "refuses this build");
    Result run = stepbox.call("run", "--allow-nesting");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Reach ▸ made", "Reach ▸ none");
  }

  @Test
  void cgroupsOfAStepWhoseSupervisorIsKilledAreRemoved() throws Exception {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Long
            steps:
              - sh: |
                  for place in /sys/fs/cgroup /sys/fs/cgroup/memory; do
                    if [ -w $place/cgroup.procs ]; then mkdir -p $place/own/deeper; fi
                  done
                  echo begun
                  sleep 100
                nesting: true
        """);
    Running run = stepbox.start("run", "--allow-nesting");
    run.awaitText("Long ▸ begun");
    ProcessHandle.allProcesses()
        .filter(each -> isSupervisor(each.info().commandLine().orElse("")))
        .forEach(ProcessHandle::destroyForcibly);
    Result result = run.await();
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(5);
  }

  private boolean isSupervisor(String commandLine) {
    return commandLine.contains(stepbox.home().toString()) && commandLine.contains("supervise");
  }

  private static List<Path> product() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> PRODUCT.matcher(entry).matches())
        .map(Path::of)
        .toList();
  }

  private static String classPath() {
    List<Path> product = product();
    return Stream.iterate(0, i -> i < product.size(), i -> i + 1)
        .map(i -> "/workspace/lib/%d%s".formatted(i, suffix(product.get(i))))
        .reduce((a, b) -> a + ":" + b)
        .orElseThrow();
  }

  private static String suffix(Path entry) {
    return Files.isDirectory(entry) ? "" : ".jar";
  }

  private static void copyProduct(Path lib) throws IOException, InterruptedException {
    Files.createDirectory(lib);
    List<Path> product = product();
    for (int i = 0; i < product.size(); i++) {
      Path entry = product.get(i);
      run("cp", "--recursive", entry.toString(), lib.resolve(i + suffix(entry)).toString());
    }
  }

  /** A root file system with busybox and nothing else. */
  private void image(Path archive) throws IOException, InterruptedException {
    Path bin = Files.createDirectories(stepbox.folder().resolve("box/bin"));
    run("cp", "/bin/busybox", bin.resolve("busybox").toString());
    for (String name : List.of("sh", "cat", "echo", "id")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    run(
        "tar",
        "--owner=0",
        "--group=0",
        "-C",
        stepbox.folder().resolve("box").toString(),
        "-cf",
        archive.toString(),
        ".");
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
