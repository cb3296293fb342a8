package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.Eventually;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.cgroup.CgroupHome;
import dev.stepbox.isolation.host.IdMaps;
import dev.stepbox.isolation.plan.IdMap;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs a test only where sandboxes work, and checks after each one that nothing of it is left: no
 * process (and so no namespace), mount, cgroup or temporary directory.
 */
public final class Invariants implements ExecutionCondition, BeforeEachCallback, AfterEachCallback {
  private static final Path PROC = Path.of("/proc");
  private List<String> before = List.of();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (Machine.mustWork() || Works.WHY_NOT.isEmpty()) {
      return ConditionEvaluationResult.enabled("sandboxes work here");
    }
    return ConditionEvaluationResult.disabled("NO SANDBOX HERE: " + Works.WHY_NOT);
  }

  /** Tried once, by making a sandbox. */
  private static final class Works {
    private static final String WHY_NOT = whyNot();

    private static String whyNot() {
      try {
        Path store = Files.createTempDirectory("stepbox-it-");
        try {
          Machine.sandboxes(store)
              .open(IsolationRequest.in(store.resolve("run"), store).build())
              .close();
          return "";
        } catch (SandboxException e) {
          return e.code() == SandboxErrorCode.CANNOT_ISOLATE ? e.getMessage() : "";
        } finally {
          Trees.remove(store);
        }
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException("cannot try a sandbox", e);
      }
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    before = leftovers();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Eventually.holds("nothing is left", () -> assertThat(news()).isEmpty());
  }

  private List<String> news() throws IOException {
    List<String> news = leftovers();
    news.removeAll(before);
    return news;
  }

  private List<String> leftovers() throws IOException {
    List<String> left = new ArrayList<>();
    for (long process : processes()) {
      left.add("process " + process + " " + text(PROC.resolve(process + "/comm")));
    }
    for (String mount : text(PROC.resolve("self/mountinfo")).lines().toList()) {
      // The fifth word is where it is mounted. Others on this machine mount things, too.
      if (mount.contains("stepbox") && isOwn(Path.of(mount.split(" ", -1)[4]))) {
        left.add("mount " + mount);
      }
    }
    for (Path home : cgroupHomes()) {
      names(home, "stepbox-*").forEach(path -> left.add("cgroup " + path));
    }
    names(Path.of(System.getProperty("java.io.tmpdir")), "stepbox-*").stream()
        .filter(path -> isOwn(path))
        .forEach(path -> left.add("directory " + path));
    return left;
  }

  private static boolean isOwn(Path path) {
    try {
      return Files.getAttribute(path, "unix:uid").equals((int) Machine.uid());
    } catch (IOException ignored) {
      // Gone meanwhile.
      return false;
    }
  }

  private static Set<Path> cgroupHomes() {
    return switch (Machine.host().cgroupFinder().find()) {
      case CgroupHome.V1 separate -> new TreeSet<>(separate.directories().values());
      case CgroupHome.V2 unified -> Set.of(unified.directory());
      case CgroupHome.Scope _, CgroupHome.Watch _, CgroupHome.None _ -> Set.of();
    };
  }

  /** Processes of this user and of the ids that it maps, this one excepted. */
  private static Set<Long> processes() throws IOException {
    long own = Machine.uid();
    IdMap ids = IdMaps.choose(Machine.host().idFacts());
    Set<Long> processes = new TreeSet<>();
    for (Path process : names(PROC, "[0-9]*")) {
      String status = text(process.resolve("status"));
      long uid =
          status
              .lines()
              .filter(line -> line.startsWith("Uid:"))
              .mapToLong(line -> Long.parseLong(line.split("\\s+", -1)[1]))
              .findFirst()
              .orElse(-1);
      boolean isMapped =
          ids.users().stream()
              .anyMatch(line -> uid >= line.outside() && uid < line.outside() + line.count());
      // A dead process that init has not yet taken note of is init's business.
      boolean isDead = status.contains("State:\tZ");
      if (!isDead && (isMapped || (uid == own && own != 0))) {
        processes.add(Long.parseLong(process.getFileName().toString()));
      }
    }
    processes.remove(ProcessHandle.current().pid());
    return processes;
  }

  private static List<Path> names(Path directory, String glob) throws IOException {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, glob)) {
      paths.forEach(names::add);
    }
    return names;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException ignored) {
      // The process has ended meanwhile.
      return "";
    }
  }
}
