package dev.stepbox.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What of a machine and of a home a sandbox could leave behind. Taken by root, who sees all of it.
 *
 * @param processes of the user, or of one of his subordinate ids
 * @param namespaces that a process of the machine is in
 * @param mounts of the namespace that everything was started in
 * @param cgroups directories in all hierarchies
 * @param storeFiles in the store of layers, directories included
 * @param storeBytes of these files
 */
record Census(
    int processes, int namespaces, int mounts, int cgroups, long storeFiles, long storeBytes) {

  /** What is counted, and how much more of it is chance: other programs start and end, too. */
  enum Count {
    PROCESSES("processes of the user", 0, Census::processes),
    NAMESPACES("namespaces", 4, Census::namespaces),
    MOUNTS("mounts of the host", 0, Census::mounts),
    CGROUPS("cgroups", 0, Census::cgroups),
    STORE_FILES("files in the store", 8, Census::storeFiles),
    STORE_BYTES("bytes in the store", 64 * 1024, Census::storeBytes);

    private final String title;
    private final int tolerance;
    private final ToLongFunction<Census> of;

    Count(String title, int tolerance, ToLongFunction<Census> of) {
      this.title = title;
      this.tolerance = tolerance;
      this.of = of;
    }

    String title() {
      return title;
    }

    int tolerance() {
      return tolerance;
    }

    long of(Census census) {
      return of.applyAsLong(census);
    }
  }

  private static final Path PROC = Path.of("/proc");
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  /** Counts now. */
  static Census take(Person user, Path home) throws IOException {
    List<Path> processes = allProcesses();
    int own = 0;
    Set<String> namespaces = new HashSet<>();
    for (Path process : processes) {
      if (user.is(uid(process))) {
        own++;
      }
      namespaces.addAll(namespacesOf(process));
    }
    Path store = home.resolve("store");
    Sum files = Files.exists(store) ? Sum.of(store) : new Sum();
    return new Census(
        own,
        namespaces.size(),
        Files.readAllLines(PROC.resolve("self/mountinfo")).size(),
        Math.toIntExact(Sum.of(CGROUPS).directories),
        files.files + files.directories,
        files.bytes);
  }

  private static List<Path> allProcesses() throws IOException {
    try (Stream<Path> all = Files.list(PROC)) {
      return all.filter(path -> path.getFileName().toString().matches("[0-9]+")).toList();
    }
  }

  /** The real user id, or -1 when the process has just ended: proc_pid_status(5). */
  static int uid(Path process) {
    try (Stream<String> lines = Files.lines(process.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith("Uid:"))
          .findFirst()
          .map(line -> Integer.parseInt(line.split("\\s+")[1]))
          .orElse(-1);
    } catch (IOException | UncheckedIOException ended) {
      return -1;
    }
  }

  private static Set<String> namespacesOf(Path process) {
    Set<String> names = new HashSet<>();
    try (Stream<Path> all = Files.list(process.resolve("ns"))) {
      for (Path each : all.toList()) {
        names.add(Files.readSymbolicLink(each).toString());
      }
    } catch (IOException | UncheckedIOException ended) {
      return names;
    }
    return names;
  }

  /** Adds up a tree in which things come and go. */
  private static final class Sum extends SimpleFileVisitor<Path> {
    private long files;
    private long directories;
    private long bytes;

    static Sum of(Path top) throws IOException {
      Sum sum = new Sum();
      Files.walkFileTree(top, sum);
      return sum;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      directories++;
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      files++;
      bytes += attributes.size();
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException gone) {
      return FileVisitResult.CONTINUE;
    }
  }
}
