package dev.stepbox.agent.worker;

import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.isolation.host.HostFiles;
import dev.stepbox.isolation.linux.LinuxSandboxes;
import dev.stepbox.isolation.posix.NamedPipes;
import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.OverlayPlan;
import dev.stepbox.layercache.SourceLayer;
import dev.stepbox.layercache.Surroundings;
import dev.stepbox.layercache.ownid.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A home with a real store and real sandboxes; removed after each test, whoever its files belong
 * to.
 */
final class RealHome implements BeforeEachCallback, AfterEachCallback, AutoCloseable {
  private static final String KEEPER = "keeper-";

  private @Nullable Path path;
  private @Nullable BuildSandbox keeper;
  private @Nullable LayerCache cache;
  private @Nullable Lease lease;

  /** Opens the home in a directory; another process may have it open too. */
  static RealHome in(Path path) throws InterruptedException {
    var home = new RealHome();
    home.open(path);
    return home;
  }

  private void open(Path home) throws InterruptedException {
    path = home;
    String name = "keeper-" + ProcessHandle.current().pid();
    BuildSandbox opened = sandboxes().open(IsolationRequest.in(home.resolve(name), home).build());
    keeper = opened;
    cache =
        LayerCache.open(
            home.resolve("store"),
            Limits.DEFAULTS,
            new KeeperTrees(opened.trees()),
            new Surroundings(
                InstantSource.system(),
                new SecureRandom(),
                "boot",
                System.getProperty("os.arch"),
                NamedPipes::make));
    lease = cache.leases().begin("test", Duration.ofHours(1), ProcessHandle.current());
  }

  private Path keeperDirectory() {
    return path().resolve(KEEPER + ProcessHandle.current().pid());
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("stepbox-it-");
    Files.setAttribute(home, "unix:mode", 0755);
    Files.createDirectory(home.resolve("store"));
    open(home);
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException, InterruptedException {
    try (Stream<Path> builds = Files.list(Files.createDirectories(path().resolve("builds")))) {
      for (Path build : builds.toList()) {
        sandboxes().sweep(build.resolve("run"));
      }
    }
    cache().close();
    BuildSandbox cleaner = Objects.requireNonNull(keeper);
    List<Path> children = new ArrayList<>();
    try (Stream<Path> all = Files.list(path())) {
      all.filter(child -> !child.equals(keeperDirectory())).forEach(children::add);
    }
    for (Path child : children) {
      if (String.valueOf(child.getFileName()).startsWith(KEEPER)) {
        sandboxes().sweep(child);
      }
      cleaner.trees().lend(child);
      cleaner.trees().remove(child);
    }
    cleaner.close();
    TreeRemoval.of(path());
  }

  @Override
  public void close() {
    cache().close();
    Objects.requireNonNull(keeper).close();
  }

  Path path() {
    return Objects.requireNonNull(path);
  }

  LayerCache cache() {
    return Objects.requireNonNull(cache);
  }

  Sandboxes sandboxes() {
    return new LinuxSandboxes(
        new LinuxSandboxes.Settings(
            new HostFiles(Path.of("/"), System.getProperty("user.name"), System.getenv()),
            path().resolve("launcher"),
            path().resolve("runtime"),
            System.getProperty("os.arch"),
            null));
  }

  WorkerConfig config() {
    return TestHome.config(path(), cache(), sandboxes());
  }

  /** A layer of these files, as the engine makes them of a source tree. */
  LayerId layerOf(Map<String, String> files) throws IOException, InterruptedException {
    try (SourceLayer layer = cache().newSourceLayer(Objects.requireNonNull(lease))) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path target = layer.directory().resolve(file.getKey());
        Files.createDirectories(target.resolveSibling(""));
        Files.writeString(target, file.getValue());
      }
      return layer.seal();
    }
  }

  /** The names of those who hold anything in the store, the test itself left out. */
  List<String> holders() {
    return cache().leases().all().stream()
        .map(held -> held.owner())
        .filter(owner -> !owner.equals("test"))
        .toList();
  }

  /** The directory with the files of a layer of a workspace. */
  Path directory(String layer) throws InterruptedException {
    OverlayPlan plan = cache().workspacePlan(List.of(LayerId.parse(layer)), null);
    return switch (plan.lowers().getFirst()) {
      case OverlayPlan.Lower.InStore in -> cache().root().resolve(in.path());
      case OverlayPlan.Lower.OnHost on -> on.path();
    };
  }

  /**
   * An image of one static program, with a user {@code node}.
   *
   * @param config the part {@code config} of the image's JSON
   */
  RootImage busybox(String config) throws IOException, InterruptedException {
    Path root = Files.createDirectories(path().resolve("image/root"));
    Files.createDirectories(root.resolve("bin"));
    Files.createDirectories(root.resolve("etc"));
    Files.copy(Path.of("/usr/bin/busybox"), root.resolve("bin/busybox"));
    for (String name : List.of("sh", "cat", "id", "ls", "touch", "env", "sleep", "pwd")) {
      Files.createSymbolicLink(root.resolve("bin").resolve(name), Path.of("busybox"));
    }
    Files.writeString(
        root.resolve("etc/passwd"),
        "root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
    Files.writeString(root.resolve("etc/group"), "root:x:0:\nnode:x:1000:\n");
    Files.writeString(root.resolve("marker"), "busybox image\n");
    Path archive = path().resolve("image/archive");
    Files.createDirectories(archive);
    tar(root, archive.resolve("layer.tar"));
    String digest =
        Digest.ofHash(sha256(Files.readAllBytes(archive.resolve("layer.tar")))).toString();
    Files.writeString(
        archive.resolve("config.json"),
        """
        {"architecture": "amd64", "os": "linux", "config": %s,
         "rootfs": {"type": "layers", "diff_ids": ["%s"]}}
        """
            .formatted(config, digest));
    Files.writeString(
        archive.resolve("manifest.json"),
        """
        [{"Config": "config.json", "RepoTags": ["busybox:1"], "Layers": ["layer.tar"]}]
        """);
    tar(archive, path().resolve("image/busybox.tar"));
    Image image =
        cache()
            .images()
            .ensure(new ImageSource.DockerArchive(path().resolve("image/busybox.tar"), null));
    return new RootImage.Stored("busybox", image.id().toString());
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void tar(Path directory, Path archive) throws IOException, InterruptedException {
    Process tar =
        new ProcessBuilder(
                "tar",
                "--create",
                "--file",
                archive.toString(),
                "--directory",
                directory.toString(),
                "--owner=0",
                "--group=0",
                ".")
            .inheritIO()
            .start();
    if (tar.waitFor() != 0) {
      throw new IOException("tar failed for " + directory);
    }
  }
}
