package dev.stepbox.isolation.machine;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks for what virtual machines need. Reads directories only.
 *
 * @param root the directory in which {@code /usr}, {@code /boot} and the like are looked for
 * @param environment of this process
 */
public record MachineFinder(Path root, Map<String, String> environment) {
  /**
   * The variable that names another place of the kernel: a directory with {@code boot} and {@code
   * lib/modules}, such as an unpacked package.
   */
  public static final String KERNEL = "STEPBOX_KERNEL";

  /**
   * The variable that names another device than {@code /dev/kvm}; one that is none of KVM has
   * machines emulated.
   */
  public static final String KVM = "STEPBOX_KVM";

  private static final String EMULATOR = "usr/bin/qemu-system-x86_64";

  private static final List<String> FILE_SERVERS =
      List.of("usr/libexec/virtiofsd", "usr/lib/qemu/virtiofsd", "usr/lib/virtiofsd");

  private static final List<String> LIBRARIES =
      List.of("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32");

  private static final String IMAGE_PREFIX = "vmlinuz-";

  /** Why there can be no virtual machine, and what to do about it. */
  public record Missing(String what, String remedy) {}

  public MachineFinder {
    environment = Map.copyOf(environment);
  }

  /**
   * All parts.
   *
   * @throws SandboxException {@link SandboxErrorCode#CANNOT_ISOLATE} that names all that is missing
   */
  public MachineParts require() {
    List<Missing> missing = missing();
    Optional<Path> emulator = emulator();
    Optional<Path> fileServer = fileServer();
    Optional<GuestKernel> kernel = kernel();
    if (emulator.isEmpty() || fileServer.isEmpty() || kernel.isEmpty()) {
      StringBuilder text = new StringBuilder("cannot make a virtual machine ('isolation: vm'):");
      missing.forEach(
          each -> text.append(' ').append(each.what()).append(". ").append(each.remedy()));
      throw new SandboxException(SandboxErrorCode.CANNOT_ISOLATE, text.toString());
    }
    return new MachineParts(emulator.get(), fileServer.get(), kernel.get(), kvm(), libraries());
  }

  /** What is not there; empty when machines can be made. */
  public List<Missing> missing() {
    List<Missing> missing = new ArrayList<>();
    if (emulator().isEmpty()) {
      missing.add(
          new Missing(
              "there is no qemu-system-x86_64", "As root: apt-get install qemu-system-x86."));
    }
    if (fileServer().isEmpty()) {
      missing.add(
          new Missing(
              "there is no virtiofsd",
              "As root: apt-get install virtiofsd (Debian 12 has it in qemu-system-common)."));
    }
    if (kernel().isEmpty()) {
      missing.add(
          new Missing(
              "there is no kernel that this user can read in '%s'".formatted(kernelRoot()),
              "As root: apt-get install linux-image-amd64; or as this user: apt-get download its"
                  + " package, dpkg-deb --extract it, and set %s to that directory."
                      .formatted(KERNEL)));
    }
    return missing;
  }

  Optional<Path> emulator() {
    return Optional.of(root.resolve(EMULATOR)).filter(Files::isExecutable);
  }

  Optional<Path> fileServer() {
    return FILE_SERVERS.stream().map(root::resolve).filter(Files::isExecutable).findFirst();
  }

  private Path kernelRoot() {
    String given = environment.getOrDefault(KERNEL, "");
    return given.isEmpty() ? root : Path.of(given);
  }

  /** The device that makes machines fast, whether it is there or not. */
  public Path kvm() {
    String given = environment.getOrDefault(KVM, "");
    return Path.of(given.isEmpty() ? "/dev/kvm" : given);
  }

  /** The newest that is whole and readable. */
  public Optional<GuestKernel> kernel() {
    List<GuestKernel> found = new ArrayList<>();
    Path boot = kernelRoot().resolve("boot");
    try (DirectoryStream<Path> images = Files.newDirectoryStream(boot, IMAGE_PREFIX + "*")) {
      for (Path image : images) {
        String version = String.valueOf(image.getFileName()).substring(IMAGE_PREFIX.length());
        modules(version)
            .filter(_ -> Files.isReadable(image))
            .ifPresent(modules -> found.add(new GuestKernel(version, image, modules)));
      }
    } catch (IOException ignored) {
      // No directory, no kernel: that it is missing is what will be told.
      return Optional.empty();
    }
    return found.stream().max(Comparator.comparing(GuestKernel::version, new VersionOrder()));
  }

  private Optional<Path> modules(String version) {
    return List.of("lib/modules", "usr/lib/modules").stream()
        .map(parent -> kernelRoot().resolve(parent).resolve(version))
        .filter(path -> Files.isDirectory(path.resolve("kernel")))
        .findFirst();
  }

  private List<Path> libraries() {
    return LIBRARIES.stream()
        .map(root::resolve)
        .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /** Numbers by their value, so that 6.10 comes after 6.9. */
  private static final class VersionOrder implements Comparator<String> {
    @Override
    public int compare(String one, String other) {
      String[] ones = one.split("(?<=\\d)(?=\\D)|(?<=\\D)(?=\\d)");
      String[] others = other.split("(?<=\\d)(?=\\D)|(?<=\\D)(?=\\d)");
      for (int i = 0; i < Math.min(ones.length, others.length); i++) {
        boolean areNumbers = isNumber(ones[i]) && isNumber(others[i]);
        int order =
            areNumbers
                ? new java.math.BigInteger(ones[i]).compareTo(new java.math.BigInteger(others[i]))
                : ones[i].compareTo(others[i]);
        if (order != 0) {
          return order;
        }
      }
      return Integer.compare(ones.length, others.length);
    }

    private static boolean isNumber(String text) {
      return !text.isEmpty() && Character.isDigit(text.charAt(0));
    }
  }
}
