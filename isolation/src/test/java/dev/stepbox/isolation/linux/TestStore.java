package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.IsolationRequest.HostImage;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.RootSpec.Overlay;
import dev.stepbox.isolation.RootSpec.Workspace;
import dev.stepbox.isolation.RootSpec.WriteLayer;
import dev.stepbox.isolation.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A store for each test, with roots made of the host; afterwards it is removed, whoever its files
 * belong to.
 */
final class TestStore implements BeforeEachCallback, AfterEachCallback {
  private Path path = Path.of("/nonexistent");

  /** A store that another process has made. */
  static TestStore at(Path path) {
    TestStore store = new TestStore();
    store.path = path;
    return store;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    path = Files.createTempDirectory("stepbox-it-");
    Files.setAttribute(path, "unix:mode", 0755);
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException, InterruptedException {
    Path run = path.resolve("cleaner");
    try (BuildSandbox cleaner =
            Machine.sandboxes(path).open(IsolationRequest.in(run, path).build());
        Stream<Path> children = Files.list(path)) {
      for (Path child : children.toList()) {
        if (!child.equals(run)) {
          cleaner.trees().lend(child);
          cleaner.trees().remove(child);
        }
      }
    }
    Trees.remove(path);
  }

  Path path() {
    return path;
  }

  Path run() {
    return path.resolve("run");
  }

  LinuxSandboxes sandboxes() {
    return Machine.sandboxes(path);
  }

  /** A request with the host as the image. */
  IsolationRequest.Builder request() {
    return IsolationRequest.in(run(), path).hostImage(HostImage.SHOWN);
  }

  /** A build with a root made of the host. */
  OpenBuild open() throws IOException, InterruptedException {
    return open(request().build());
  }

  OpenBuild open(IsolationRequest request) throws IOException, InterruptedException {
    BuildSandbox sandbox = sandboxes().open(request);
    return new OpenBuild(sandbox, sandbox.mountRoot(hostRoot(sandbox, "build")));
  }

  /** A root made of the host, with write layers of its own. */
  RootSpec hostRoot(BuildSandbox sandbox, String name) throws IOException, InterruptedException {
    SequencedMap<String, Overlay> mounts = new LinkedHashMap<>();
    Path skeleton = directory(name + "/skeleton");
    for (String each : List.of("home", "opt", "root", "run", "srv", "sys")) {
      directory(name + "/skeleton/" + each);
    }
    for (String each : List.of("usr", "etc", "var", "bin", "sbin", "lib", "lib32", "lib64")) {
      Path host = Path.of("/", each);
      if (Files.isSymbolicLink(host)) {
        if (!Files.isSymbolicLink(skeleton.resolve(each))) {
          Files.createSymbolicLink(skeleton.resolve(each), Files.readSymbolicLink(host));
        }
      } else if (Files.isDirectory(host, LinkOption.NOFOLLOW_LINKS)) {
        directory(name + "/skeleton/" + each);
        mounts.put("/" + each, new Overlay(List.of(host), writes(sandbox, name + "/" + each)));
      }
    }
    sandbox.trees().adopt(skeleton);
    return new RootSpec(
        name,
        new Overlay(List.of(skeleton), writes(sandbox, name + "/root")),
        mounts,
        new Workspace.Own(new Overlay(List.of(), writes(sandbox, name + "/workspace"))));
  }

  /** Where a root's workspace is written to. */
  Path workspaceWrites(String name) {
    return path.resolve(name).resolve("workspace/upper");
  }

  /** A place to write to, of the steps' root. */
  WriteLayer writes(BuildSandbox sandbox, String name) throws IOException, InterruptedException {
    WriteLayer writes = new WriteLayer(directory(name + "/upper"), directory(name + "/work"));
    sandbox.trees().adopt(writes.upper());
    sandbox.trees().lend(writes.work());
    return writes;
  }

  /** Made if it is not there; it may belong to steps by then. */
  Path directory(String name) throws IOException {
    Path directory = path.resolve(name);
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      Files.setAttribute(directory, "unix:mode", 0755);
    }
    return directory;
  }

  /** A step that runs a script. */
  static SandboxSpec.Builder shell(String step, String script) {
    return SandboxSpec.step(step, List.of("/bin/sh", "-c", script))
        .environment(new LinkedHashMap<>(Map.of("PATH", "/usr/local/bin:/usr/bin:/bin")));
  }
}
