package dev.stepbox.cli.config;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure, before anything is built, that the directory of our state can be used, and says in
 * words what is wrong with it where it cannot.
 */
public final class HomeCheck {

  private static final String MOVE =
      "Set %s to a directory of yours on ext4, xfs, btrfs or tmpfs.".formatted(Settings.HOME);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private HomeCheck() {}

  /**
   * Makes the directory where it is missing, for its owner alone.
   *
   * @throws CliException code HOME where it cannot be made, written or used for layers
   */
  public static void prepare(Path home) {
    try {
      if (!Files.isDirectory(home)) {
        Files.createDirectories(home, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      }
    } catch (IOException e) {
      throw failed("cannot make the directory '%s' for builds and layers".formatted(home), e);
    }
    if (!Files.isWritable(home)) {
      throw new CliException(
          CliErrorCode.HOME,
          Problem.of(
              "cannot keep builds and layers in '%s': it is not writable for this user"
                  .formatted(home),
              MOVE),
          null);
    }
    Problem unusable = fileSystemProblem(home, typeOf(home));
    if (unusable != null) {
      throw new CliException(CliErrorCode.HOME, unusable, null);
    }
  }

  /**
   * Makes the directory where it is missing and can be made, and closes it to everybody but its
   * owner.
   *
   * @return what was done, one sentence each
   */
  public static List<String> mend(Path home) {
    boolean isThere = Files.isDirectory(home);
    try {
      prepare(home);
      if (!isThere) {
        return List.of("Made the directory '%s', for this user alone.".formatted(home));
      }
      if (Files.getPosixFilePermissions(home).equals(OWNER_ONLY)) {
        return List.of();
      }
      Files.setPosixFilePermissions(home, OWNER_ONLY);
      return List.of("Closed the directory '%s' to everybody but this user.".formatted(home));
    } catch (CliException | IOException ignored) {
      // The report tells what is wrong with it, and the remedy.
      return List.of();
    }
  }

  static @Nullable Problem fileSystemProblem(Path home, String type) {
    return switch (type) {
      case "overlay", "overlayfs" ->
          Problem.of(
              "cannot keep layers in '%s': it lies on overlayfs, which cannot hold the write layer"
                      .formatted(home)
                  + " of another overlay",
              MOVE + "\nInside a container, mount a volume there.");
      case "nfs", "nfs4", "cifs", "smb3", "9p", "vfat", "exfat", "ntfs3", "fuseblk" ->
          Problem.of(
              "cannot keep layers in '%s': its file system, %s, cannot hold the write layer of an"
                      .formatted(home, type)
                  + " overlay",
              MOVE);
      default -> null;
    };
  }

  private static String typeOf(Path home) {
    try {
      return Files.getFileStore(home).type().toLowerCase(Locale.ROOT);
    } catch (IOException ignored) {
      // Unknown is not unusable: the first mount tells.
      return "";
    }
  }

  private static CliException failed(String message, IOException e) {
    String reason =
        switch (e) {
          case AccessDeniedException denied ->
              "this user may not write to '%s'".formatted(denied.getFile());
          case FileAlreadyExistsException exists ->
              "'%s' is not a directory".formatted(exists.getFile());
          case FileSystemException other when other.getReason() != null -> other.getReason();
          default -> e.toString();
        };
    return new CliException(CliErrorCode.HOME, Problem.of(message + ": " + reason, MOVE), e);
  }
}
