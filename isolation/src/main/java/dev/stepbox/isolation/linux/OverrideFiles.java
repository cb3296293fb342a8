package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.plan.RunPlanner;
import dev.stepbox.isolation.plan.StageMounts.OverrideLayers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.Map;

/**
 * Makes the small layers that every root of a build gets: mount points, and the files of {@code
 * /etc} that belong to the sandbox and not to the image.
 */
final class OverrideFiles {
  private static final int MODE_DIRECTORY = 0755;
  private static final int MODE_FILE = 0644;
  private static final int MODE_TEMPORARY = 01777;

  private static final String HOSTS =
      """
      127.0.0.1 localhost %1$s
      ::1 localhost ip6-localhost ip6-loopback
      """
          .formatted(RunPlanner.HOST_NAME);

  private final Path directory;
  private final String resolver;

  /**
   * The layers of one build.
   *
   * @param resolver content of {@code /etc/resolv.conf}
   */
  OverrideFiles(Path directory, String resolver) {
    this.directory = directory;
    this.resolver = resolver;
  }

  /** The names of the layers, whether they are made or not. */
  static OverrideLayers layers(Path directory) {
    return new OverrideLayers(
        directory.resolve("root"),
        directory.resolve("owners"),
        Map.of("/etc", directory.resolve("etc"), "/var", directory.resolve("var")),
        directory.resolve("empty"));
  }

  /** Makes the layers. */
  OverrideLayers make() throws IOException {
    OverrideLayers layers = layers(directory);
    directory(directory, MODE_DIRECTORY);
    directory(layers.empty(), MODE_DIRECTORY);
    directory(layers.root(), MODE_DIRECTORY);
    for (String name : List.of("dev", "etc", "proc", "sys", "workspace")) {
      directory(layers.root().resolve(name), MODE_DIRECTORY);
    }
    directory(layers.root().resolve("tmp"), MODE_TEMPORARY);
    etc(layers.root().resolve("etc"));
    // A directory with files in it stays this user's. Seen is the owner of the uppermost one.
    directory(layers.owners(), MODE_DIRECTORY);
    directory(layers.owners().resolve("etc"), MODE_DIRECTORY);

    Path hostEtc = directory(directory.resolve("etc"), MODE_DIRECTORY);
    etc(hostEtc);
    file(hostEtc.resolve("machine-id"), "");

    // What other users of the host left in /var/tmp is none of a step's business.
    Path hostVar = directory(directory.resolve("var"), MODE_DIRECTORY);
    Path temporary = directory(hostVar.resolve("tmp"), MODE_TEMPORARY);
    Files.getFileAttributeView(temporary, UserDefinedFileAttributeView.class)
        .write("overlay.opaque", ByteBuffer.wrap(new byte[] {'y'}));
    return layers;
  }

  private void etc(Path etc) throws IOException {
    file(etc.resolve("resolv.conf"), resolver);
    file(etc.resolve("hosts"), HOSTS);
    file(etc.resolve("hostname"), RunPlanner.HOST_NAME + "\n");
  }

  /** Exactly this mode, whatever the umask is; an earlier supervisor's may belong to its steps. */
  private static Path directory(Path path, int mode) throws IOException {
    try {
      Files.deleteIfExists(path);
    } catch (DirectoryNotEmptyException ignored) {
      // Steps are given empty ones only: this one is ours.
    }
    Files.createDirectories(path);
    Files.setAttribute(path, "unix:mode", mode);
    return path;
  }

  /** An earlier supervisor's file may belong to its steps. */
  private static void file(Path path, String content) throws IOException {
    Files.deleteIfExists(path);
    Files.writeString(path, content);
    Files.setAttribute(path, "unix:mode", MODE_FILE);
  }
}
