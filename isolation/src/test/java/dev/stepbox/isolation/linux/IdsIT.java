package dev.stepbox.isolation.linux;

import static dev.stepbox.isolation.linux.TestStore.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stepbox.isolation.Eventually;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec.Privileges;
import dev.stepbox.isolation.StageRoot;
import dev.stepbox.isolation.StepFile;
import dev.stepbox.isolation.StepUser;
import dev.stepbox.isolation.TreeChange;
import dev.stepbox.isolation.TreeEntry;
import dev.stepbox.isolation.TreeEntry.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several users inside, none of whom is real root outside. */
@ExtendWith(Invariants.class)
class IdsIT {
  @RegisterExtension private final TestStore store = new TestStore();
  private OpenBuild build;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    build = store.open(store.request().privileges(Privileges.SETUID_PROGRAMS).build());
    assumeTrue(
        Machine.mustWork() || build.sandbox().trees().ids() > 1000,
        "user namespaces of one id only, no subordinate ids: " + build.sandbox().announcements());
  }

  @AfterEach
  void close() {
    build.close();
  }

  @Test
  void aStepRunsAsTheUserThatWasAskedFor() throws IOException, InterruptedException {
    assertThat(build.output(shell("zero", "id -u; id -g"))).isEqualTo("0\n0\n");
    assertThat(
            build.output(
                shell("other", "id -u; id -g; id -G").user(new StepUser(1000, 100, List.of(4)))))
        .isEqualTo("1000\n100\n100 4\n");
  }

  @Test
  void noProcessOfAStepIsRealRoot() throws IOException, InterruptedException {
    RunningSandbox step = build.start(shell("sleeper", "exec sleep 1234"));
    List<String> uids = new ArrayList<>();
    Eventually.holds(
        "the step is seen from outside",
        () -> {
          uids.clear();
          uids.addAll(uidsOf("sleep\0" + "1234\0"));
          assertThat(uids).isNotEmpty();
        });
    assertThat(uids).doesNotContain("0", Long.toString(Machine.uid()));
    step.kill();
    step.await();
  }

  @Test
  void filesOfTheUserAreClosedToTheStepsRoot() throws IOException, InterruptedException {
    Path mine = store.directory("mine");
    Files.writeString(mine.resolve("secret"), "secret\n");
    Files.setAttribute(mine.resolve("secret"), "unix:mode", 0600);
    Path closed = Files.createDirectory(mine.resolve("closed"));
    Files.writeString(closed.resolve("file"), "secret\n");
    Files.setAttribute(closed, "unix:mode", 0700);
    Files.writeString(mine.resolve("open"), "open\n");
    Files.setAttribute(mine.resolve("open"), "unix:mode", 0644);
    RootSpec host = store.hostRoot(build.sandbox(), "host");
    StageRoot root =
        build
            .sandbox()
            .mountRoot(
                new RootSpec(
                    "host",
                    host.root(),
                    host.mounts(),
                    new Workspace.Own(
                        new Overlay(List.of(mine), store.writes(build.sandbox(), "host/over")))));
    String script =
        "id -u; cat open; cat secret closed/file; chmod 644 secret; chown 0 secret; ls closed";
    RunningSandbox step = build.sandbox().start(root, shell("reader", script).build());
    assertThat(step.await()).isInstanceOf(SandboxExit.Exited.class);
    assertThat(Files.readString(step.output()))
        .startsWith("0\nopen\n")
        .doesNotContain("secret\n")
        .containsPattern("cat: .*secret.*Permission denied")
        .containsPattern("chmod: .*not permitted")
        .containsPattern("chown: .*not permitted")
        .containsPattern("ls: .*Permission denied");
  }

  @Test
  void theStepsRootOwnsWhatWasMadeForIt() throws IOException, InterruptedException {
    String places = ". /tmp /dev/shm /tmp/script /etc/hosts /etc/resolv.conf";
    assertThat(
            build.output(
                shell("look", "stat -c %u:%g " + places + "; echo 127.0.0.1 own >> /etc/hosts")
                    .files(List.of(new StepFile("/tmp/script", "x", 0600)))))
        .isEqualTo("0:0\n".repeat(6));
  }

  @Test
  void theStepsRootMayAddToTheDirectoriesOfAnImage() throws IOException, InterruptedException {
    RootSpec host = store.hostRoot(build.sandbox(), "image");
    SequencedMap<String, Overlay> mounts = new LinkedHashMap<>(host.mounts());
    mounts.remove("/etc");
    StageRoot root =
        build.sandbox().mountRoot(new RootSpec("image", host.root(), mounts, host.workspace()));
    String script =
        "stat -c %u:%g / /etc /tmp && touch /new /etc/new /tmp/new && cat /etc/hostname";
    RunningSandbox step = build.sandbox().start(root, shell("adder", script).build());
    assertThat(step.await()).isInstanceOf(SandboxExit.Exited.class);
    assertThat(Files.readString(step.output())).isEqualTo("0:0\n".repeat(3) + "stepbox\n");
  }

  private static List<String> uidsOf(String commandLine) throws IOException {
    List<String> uids = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.filter(Files::isDirectory).toList()) {
        try {
          if (Files.readString(process.resolve("cmdline")).equals(commandLine)) {
            Files.readAllLines(process.resolve("status")).stream()
                .filter(line -> line.startsWith("Uid:"))
                .forEach(line -> uids.addAll(List.of(line.substring(5).split("\t", -1))));
          }
        } catch (IOException ignored) {
          // Not a process, or one that has ended.
        }
      }
    }
    return uids;
  }

  @Test
  void filesOfSeveralUsersAreKept() throws IOException, InterruptedException {
    build.output(
        shell("owners", "touch a b && chown 1000:100 a && chown 65534:65534 b && chmod 4755 a"));
    assertThat(build.output(shell("look", "stat -c '%u %g %a' a b")))
        .isEqualTo("1000 100 4755\n65534 65534 644\n");
    build.sandbox().unmount(build.root());
    Map<String, TreeEntry> entries = new TreeMap<>();
    build
        .sandbox()
        .trees()
        .list(store.workspaceWrites("build"), entry -> entries.put(entry.path(), entry));
    assertThat(entries.get("a"))
        .extracting(TreeEntry::uid, TreeEntry::gid, TreeEntry::mode)
        .containsExactly(1000, 100, 04755);
    assertThat(entry(entries, "b").uid()).isEqualTo(65534);
  }

  @Test
  void setuidProgramsWorkOnlyWhereAskedFor() throws IOException, InterruptedException {
    String prepare = "cp /bin/cat /usr/cat && chmod 4755 /usr/cat && chmod 700 .";
    build.output(shell("prepare", prepare + " && echo secret > file && chmod 600 file"));
    String use = "cd /; /usr/cat /workspace/file";
    SandboxExit refused =
        build.run(
            shell("refused", use).workingDirectory("/").user(new StepUser(1000, 1000, List.of())));
    assertThat(refused)
        .isInstanceOfSatisfying(
            SandboxExit.Exited.class, exited -> assertThat(exited.code()).isEqualTo(1));
    assertThat(
            build.output(
                shell("allowed", use)
                    .workingDirectory("/")
                    .user(new StepUser(1000, 1000, List.of()))
                    .privileges(Privileges.SETUID_PROGRAMS)))
        .isEqualTo("secret\n");
  }

  @Test
  void treesKeepWhiteoutsOwnersAndAttributes() throws IOException, InterruptedException {
    Path tree = store.directory("tree");
    build.sandbox().trees().adopt(tree);
    build
        .sandbox()
        .trees()
        .apply(
            tree,
            List.of(
                new TreeChange.Directory("sub", 0755),
                new TreeChange.Opaque("sub"),
                new TreeChange.Whiteout("sub/gone"),
                new TreeChange.Pipe("sub/pipe", 0640),
                new TreeChange.Attribute("sub", "user.note", "a\u00ff"),
                new TreeChange.Owner("sub/pipe", 1000, 100)));
    Path target = store.directory("target");
    build.sandbox().trees().adopt(target);
    build.sandbox().trees().copy(tree, "sub", target, "copy");
    Map<String, TreeEntry> entries = new TreeMap<>();
    Path copy = target.resolve("copy");
    build.sandbox().trees().list(copy, entry -> entries.put(entry.path(), entry));
    assertThat(entries).containsOnlyKeys("gone", "pipe");
    assertThat(entry(entries, "gone").kind()).isEqualTo(Kind.WHITEOUT);
    assertThat(entry(entries, "pipe").kind()).isEqualTo(Kind.PIPE);
    assertThat(entries.get("pipe"))
        .extracting(TreeEntry::uid, TreeEntry::gid, TreeEntry::mode)
        .containsExactly(1000, 100, 0640);
    TreeEntry top = build.sandbox().trees().entry(target, "copy").orElseThrow();
    assertThat(top.kind()).isEqualTo(Kind.OPAQUE_DIRECTORY);
    assertThat(top.rawAttributes()).containsExactly(Map.entry("user.note", "a\u00ff"));
    build.sandbox().trees().sync(copy);
  }

  private static TreeEntry entry(Map<String, TreeEntry> entries, String path) {
    return Objects.requireNonNull(entries.get(path), path);
  }
}
