package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The names of the files that isolation keeps for one build. They outlive the engine and tell the
 * next one where everything is.
 *
 * @param path the directory
 */
record RunDirectory(Path path) {
  /** A socket's path has 107 bytes at most, and the launcher makes a second name beside it. */
  private static final int SOCKET_BYTES_MAX = 100;

  private static final int NAME_BYTES = 8;

  /** What the supervisor was started with. */
  Path record() {
    return path.resolve("supervisor");
  }

  /** Which roots were mounted and unmounted. */
  Path roots() {
    return path.resolve("roots");
  }

  /** What the launcher said when it should have been silent. */
  Path log() {
    return path.resolve("launcher.log");
  }

  /** The records of the steps. */
  Path steps() {
    return path.resolve("steps");
  }

  Path output(String step) {
    return steps().resolve(step).resolve("output");
  }

  Path exit(String step) {
    return steps().resolve(step).resolve("exit");
  }

  /** Layers of our own that go into every root. */
  Path overrides() {
    return path.resolve("overrides");
  }

  /** The name servers for {@code network: host}. */
  Path hostResolver() {
    return path.resolve("resolv.conf");
  }

  /** The roots of stages where they cannot be mounted. */
  Path chroots() {
    return path.resolve("chroots");
  }

  /** What {@code /etc/subuid} and {@code /etc/subgid} are in steps with nesting. */
  Path subordinateIds() {
    return path.resolve("subordinate-ids");
  }

  /** A name for this build that is unique on the machine, for cgroups and sockets. */
  String uniqueName() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(path.toString().getBytes(UTF_8));
      return "stepbox-" + HexFormat.of().formatHex(digest, 0, NAME_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * Where the supervisor listens: here, or in a directory with a shorter path.
   *
   * @param runtimeDirectory used when the path would be too long; only this user may write to it
   */
  Path socket(Path runtimeDirectory) {
    Path here = path.resolve("socket");
    if (here.toString().getBytes(UTF_8).length <= SOCKET_BYTES_MAX) {
      return here;
    }
    return runtimeDirectory.resolve(uniqueName());
  }

  /** Makes the directory and the one of the records. */
  void create() {
    try {
      Files.createDirectories(steps());
    } catch (IOException e) {
      throw unusable("make the run directory", steps(), e);
    }
  }

  static SandboxException unusable(String what, Path path, IOException cause) {
    return new SandboxException(
        SandboxErrorCode.CANNOT_ISOLATE,
        "cannot %s '%s': %s. Give this user write access to STEPBOX_HOME."
            .formatted(what, path, cause),
        cause);
  }
}
