package dev.stepbox.isolation.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The launcher as a file that can be executed. It comes in the jar, beside its SHA-256, and is
 * copied once into a directory of the user that is named after that digest.
 */
final class LauncherBinary {
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final String NAME = "stepbox-launcher";

  private LauncherBinary() {}

  /**
   * The path of the launcher, copied there if it is not yet; by one thread of a process at a time,
   * since the name of the unfinished copy is that of the process.
   *
   * @param directory in which a directory for each version is made
   * @param architecture as {@code os.arch} has it
   */
  static synchronized Path in(Path directory, String architecture) {
    String resource = "/META-INF/native/linux-" + architecture + "/" + NAME;
    String digest = digest(resource, architecture);
    Path binary = directory.resolve(digest).resolve(NAME);
    if (isWhole(binary)) {
      return binary;
    }
    try {
      copy(resource, digest, binary);
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.LAUNCHER_UNUSABLE,
          "cannot copy the launcher to '%s': %s. Give this user write access to STEPBOX_HOME."
              .formatted(binary, e),
          e);
    }
    return binary;
  }

  /**
   * Only a whole copy was ever renamed to this name, and nobody else may write there; an empty file
   * is what a power cut may leave of a copy that was not yet on the disk.
   */
  private static boolean isWhole(Path binary) {
    return Files.isRegularFile(binary, LinkOption.NOFOLLOW_LINKS)
        && Files.isExecutable(binary)
        && binary.toFile().length() > 0;
  }

  private static String digest(String resource, String architecture) {
    try (InputStream in = LauncherBinary.class.getResourceAsStream(resource + ".sha256")) {
      if (in == null) {
        throw new SandboxException(
            SandboxErrorCode.LAUNCHER_UNUSABLE,
            "this build of Stepbox holds no launcher for linux-%s. Build it on such a machine."
                .formatted(architecture));
      }
      String digest = new String(in.readAllBytes(), US_ASCII).strip();
      if (!DIGEST.matcher(digest).matches()) {
        throw new SandboxException(
            SandboxErrorCode.LAUNCHER_UNUSABLE,
            "this build of Stepbox is damaged: '%s.sha256' holds no digest. Build it again."
                .formatted(resource));
      }
      return digest;
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.LAUNCHER_UNUSABLE,
          "cannot read '%s.sha256' from the jar: %s".formatted(resource, e),
          e);
    }
  }

  private static void copy(String resource, String digest, Path binary) throws IOException {
    Path directory = binary.resolveSibling("");
    Files.createDirectories(directory);
    byte[] content = read(resource);
    if (!digest.equals(sha256(content))) {
      throw new SandboxException(
          SandboxErrorCode.LAUNCHER_UNUSABLE,
          "this build of Stepbox is damaged: the launcher is not the one that was built. Build it"
              + " again.");
    }
    Path temporary = directory.resolve(NAME + "." + ProcessHandle.current().pid());
    Files.deleteIfExists(temporary);
    Files.createFile(
        temporary,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (FileChannel file = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        file.write(left);
      }
      file.force(true);
    }
    // Readable for all: the supervisor of a build started by root runs as another user.
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      Files.move(temporary, binary, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException ignored) {
      // Another process was faster, with the same bytes.
      Files.deleteIfExists(temporary);
    }
  }

  private static byte[] read(String resource) throws IOException {
    try (InputStream in = LauncherBinary.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("'%s' is missing in the jar".formatted(resource));
      }
      return in.readAllBytes();
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
