package dev.stepbox.agent.worker;

import dev.stepbox.agent.worker.workspace.TestTrees;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.isolation.host.HostFiles;
import dev.stepbox.isolation.linux.LinuxSandboxes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A home for a worker on real sandboxes; removed after each test, whoever its files belong to. */
final class RealHome implements BeforeEachCallback, AfterEachCallback {
  private @Nullable Path path;
  private @Nullable PlainLayerCache cache;

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    Path home = Files.createTempDirectory("stepbox-it-");
    Files.setAttribute(home, "unix:mode", 0755);
    path = home;
    cache = new PlainLayerCache(home.resolve("store"));
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException, InterruptedException {
    try (Stream<Path> runs = Files.list(Files.createDirectories(path().resolve("builds")))) {
      for (Path build : runs.toList()) {
        sandboxes().sweep(build.resolve("run"));
      }
    }
    Path run = path().resolve("cleaner");
    try (BuildSandbox cleaner = sandboxes().open(IsolationRequest.in(run, path()).build());
        Stream<Path> children = Files.list(path())) {
      for (Path child : children.toList()) {
        if (!child.equals(run)) {
          cleaner.trees().remove(child);
        }
      }
    }
    TestTrees.delete(path());
  }

  Path path() {
    return Objects.requireNonNull(path);
  }

  PlainLayerCache cache() {
    return Objects.requireNonNull(cache);
  }

  Sandboxes sandboxes() {
    return new LinuxSandboxes(
        new LinuxSandboxes.Settings(
            new HostFiles(Path.of("/"), System.getProperty("user.name"), System.getenv()),
            path().resolve("launcher"),
            path().resolve("runtime"),
            System.getProperty("os.arch")));
  }

  WorkerConfig config() {
    return TestHome.config(path(), cache(), sandboxes());
  }
}
