package dev.stepbox.isolation.machine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The modules that a guest loads, each behind those that it needs. Their dependencies come from
 * {@code modules.dep} where depmod has made one, else from the modules themselves.
 */
final class GuestModules {
  /** What the guest's devices and its file system are; a kernel may have each built in. */
  private static final List<String> WANTED =
      List.of("virtio_pci", "virtio_console", "virtiofs", "virtio_net");

  /** Without these nothing works. */
  private static final Set<String> REQUIRED = Set.of("virtio_pci", "virtio_console", "virtiofs");

  private static final String DEPENDS = "\0depends=";

  private final GuestKernel kernel;
  private final Map<String, Path> files = new HashMap<>();
  private final Map<String, List<String>> needs = new HashMap<>();
  private final Set<String> builtIn = new HashSet<>();

  private GuestModules(GuestKernel kernel) {
    this.kernel = kernel;
  }

  /**
   * The modules' files in the order in which they are loaded.
   *
   * @throws SandboxException {@link SandboxErrorCode#CANNOT_ISOLATE} when the kernel has not what a
   *     guest needs
   */
  static List<Path> of(GuestKernel kernel) throws IOException {
    var modules = new GuestModules(kernel);
    modules.read();
    Set<Path> order = new LinkedHashSet<>();
    for (String name : WANTED) {
      modules.add(name, order);
    }
    return List.copyOf(order);
  }

  private void read() throws IOException {
    Files.walkFileTree(
        kernel.modules().resolve("kernel"),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.putIfAbsent(name(file.toString()), file);
            return FileVisitResult.CONTINUE;
          }
        });
    lines("modules.builtin").forEach(line -> builtIn.add(name(line)));
    lines("modules.dep")
        .forEach(line -> {
          int colon = line.indexOf(':');
          if (colon > 0) {
            needs.put(
                name(line.substring(0, colon)),
                Stream.of(line.substring(colon + 1).strip().split(" +"))
                    .filter(each -> !each.isEmpty())
                    .map(GuestModules::name)
                    .toList());
          }
        });
  }

  private List<String> lines(String file) throws IOException {
    Path path = kernel.modules().resolve(file);
    return Files.isReadable(path) ? Files.readAllLines(path, ISO_8859_1) : List.of();
  }

  private void add(String name, Set<Path> order) throws IOException {
    Path file = files.get(name);
    if (file == null) {
      if (!builtIn.contains(name) && REQUIRED.contains(name)) {
        throw new SandboxException(
            SandboxErrorCode.CANNOT_ISOLATE,
            ("cannot make a virtual machine with the kernel %s: it has no module '%s' in '%s'. As"
                    + " root: apt-get install linux-image-amd64, or name another kernel with %s.")
                .formatted(kernel.version(), name, kernel.modules(), MachineFinder.KERNEL));
      }
      return;
    }
    if (order.contains(file)) {
      return;
    }
    for (String needed : needsOf(name, file)) {
      add(needed, order);
    }
    order.add(file);
  }

  private List<String> needsOf(String name, Path file) throws IOException {
    List<String> known = needs.get(name);
    if (known != null) {
      return known;
    }
    String content = Files.readString(file, ISO_8859_1);
    int at = content.indexOf(DEPENDS);
    if (at < 0) {
      return List.of();
    }
    int begin = at + DEPENDS.length();
    List<String> found = new ArrayList<>();
    for (String each : content.substring(begin, content.indexOf('\0', begin)).split(",")) {
      if (!each.isEmpty()) {
        found.add(name(each));
      }
    }
    return found;
  }

  /** As the kernel calls it, from a path. */
  private static String name(String path) {
    String file = path.substring(path.lastIndexOf('/') + 1);
    int dot = file.indexOf('.');
    return (dot < 0 ? file : file.substring(0, dot)).replace('-', '_');
  }
}
