package dev.stepbox.isolation.machine;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The two files that a virtual machine boots. They are made once for each kernel and launcher, and
 * kept.
 *
 * @param kernel of the guest
 * @param initial its initial file system: the launcher as process 1, and modules
 */
public record BootFiles(Path kernel, Path initial) {
  /** Changes when files made by another version of this class must not be used. */
  private static final int LAYOUT = 1;

  /**
   * After this time files are removed when others are made; who still needs them makes them again.
   */
  private static final int KEPT_DAYS = 7;

  /**
   * The files, made if they are not there yet.
   *
   * @param directory where they are kept; made if absent
   * @param launcher the program, in a directory named after its digest
   * @throws SandboxException {@link SandboxErrorCode#CANNOT_ISOLATE}
   */
  public static BootFiles in(Path directory, GuestKernel kernel, Path launcher)
      throws InterruptedException {
    try {
      Path home = directory.resolve(key(kernel, launcher));
      BootFiles files = new BootFiles(home.resolve("kernel"), home.resolve("initial"));
      if (!Files.exists(files.initial())) {
        make(files, kernel, launcher);
      }
      return files;
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          ("cannot make what a virtual machine boots, of the kernel '%s' in '%s': %s. Give this"
                  + " user read access to the kernel, and write access to STEPBOX_HOME.")
              .formatted(kernel.image(), directory, e),
          e);
    }
  }

  private static String key(GuestKernel kernel, Path launcher) throws IOException {
    String digest = String.valueOf(launcher.resolveSibling("").getFileName());
    return "%d-%s-%x-%x-%s"
        .formatted(
            LAYOUT,
            kernel.version(),
            Files.size(kernel.image()),
            Files.getLastModifiedTime(kernel.image()).toMillis(),
            digest.substring(0, Math.min(16, digest.length())));
  }

  /** In a directory of its own that is then renamed, since others may do the same. */
  private static void make(BootFiles files, GuestKernel kernel, Path launcher)
      throws IOException, InterruptedException {
    Path home = files.kernel().resolveSibling("");
    Path parent = home.resolveSibling("");
    Files.createDirectories(
        parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Path temporary = Files.createTempDirectory(parent, "new");
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.write(
        temporary.resolve("kernel"), KernelImage.bootable(Files.readAllBytes(kernel.image())));
    Files.write(temporary.resolve("initial"), initial(kernel, launcher));
    forgetOthers(parent, Files.getLastModifiedTime(temporary.resolve("initial")));
    try {
      Files.move(temporary, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException ignored) {
      // Another process was faster, with the same files.
      Files.delete(temporary.resolve("kernel"));
      Files.delete(temporary.resolve("initial"));
      Files.delete(temporary);
    }
  }

  /** Those of other kernels and launchers, which nobody has asked to be made for a while. */
  private static void forgetOthers(Path parent, FileTime now) throws IOException {
    FileTime recent = FileTime.from(now.toInstant().minus(Duration.ofDays(KEPT_DAYS)));
    try (DirectoryStream<Path> made = Files.newDirectoryStream(parent)) {
      for (Path each : made) {
        if (Files.getLastModifiedTime(each).compareTo(recent) < 0) {
          Files.deleteIfExists(each.resolve("kernel"));
          Files.deleteIfExists(each.resolve("initial"));
          Files.deleteIfExists(each);
        }
      }
    }
  }

  private static byte[] initial(GuestKernel kernel, Path launcher) throws IOException {
    List<Path> modules = GuestModules.of(kernel);
    InitialFiles files =
        new InitialFiles().file("init", 0755, Files.readAllBytes(launcher)).directory("modules");
    for (Path module : modules) {
      files.file("modules/" + module.getFileName(), 0644, Files.readAllBytes(module));
    }
    String order =
        modules.stream().map(path -> path.getFileName() + "\n").collect(Collectors.joining());
    return files.file("modules/order", 0644, order.getBytes(UTF_8)).finish();
  }
}
