package dev.stepbox.isolation.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.cgroup.CgroupFinder;
import dev.stepbox.isolation.cgroup.CgroupFinder.ScopeMaker;
import dev.stepbox.isolation.cgroup.MountTable;
import dev.stepbox.isolation.machine.MachineFinder;
import dev.stepbox.isolation.plan.SupervisorPlan.Egress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the kernel and the system say about this process. Starts no process and costs some
 * dozen small files, since every build pays for it.
 *
 * @param root the directory in which {@code /proc}, {@code /etc} and the like are looked for
 * @param userName of this process
 * @param environment of this process
 */
public record HostFiles(Path root, String userName, Map<String, String> environment) {
  private static final List<String> PROGRAM_DIRECTORIES =
      List.of("usr/local/bin", "usr/bin", "bin", "usr/local/sbin", "usr/sbin", "sbin");

  /** Directories of the host that an image made of the host consists of. */
  private static final List<String> HOST_DIRECTORIES =
      List.of("usr", "etc", "opt", "var", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix");

  private static final List<String> LIBRARY_DIRECTORIES =
      List.of("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32");

  private static final Pattern OPEN_FILES =
      Pattern.compile("^Max open files +\\S+ +(\\d+)", Pattern.MULTILINE);

  private static final Pattern SWAP = Pattern.compile("^SwapTotal: +[1-9]", Pattern.MULTILINE);

  /** Where the number cannot be read: what every Linux gives. */
  private static final long OPEN_FILES_USUAL = 4096;

  public HostFiles {
    environment = Map.copyOf(environment);
  }

  /** What the choice of ids needs. */
  public IdMaps.Facts idFacts() {
    return new IdMaps.Facts(
        id("Uid"),
        id("Gid"),
        userName,
        text("proc/self/uid_map"),
        text("proc/self/gid_map"),
        text("etc/subuid"),
        text("etc/subgid"),
        program("newuidmap").isPresent() && program("newgidmap").isPresent());
  }

  /** Looks for cgroups. */
  public CgroupFinder cgroupFinder() {
    return new CgroupFinder(
        mountInfo(), text("proc/self/cgroup"), userName, scopeMaker().orElse(null));
  }

  /** Text of {@code /proc/self/mountinfo}. */
  public String mountInfo() {
    return text("proc/self/mountinfo");
  }

  private Optional<ScopeMaker> scopeMaker() {
    String runtime = environment.get("XDG_RUNTIME_DIR");
    Optional<Path> program = program("systemd-run");
    if (runtime == null
        || program.isEmpty()
        || !Files.exists(Path.of(runtime, "systemd", "private"))) {
      return Optional.empty();
    }
    long uid = id("Uid");
    return Optional.of(
        new ScopeMaker(
            program.get(), "/user.slice/user-%d.slice/user@%d.service".formatted(uid, uid)));
  }

  /** What {@code systemd-run} needs to find the user's systemd. */
  public Map<String, String> busEnvironment() {
    Map<String, String> bus = new TreeMap<>();
    for (String name : List.of("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")) {
      String value = environment.get(name);
      if (value != null) {
        bus.put(name, value);
      }
    }
    return bus;
  }

  /** Text of the {@code cgroup} file of a process. */
  public String cgroupOf(String pid) {
    return text("proc/" + pid + "/cgroup");
  }

  /**
   * Why this process may make no namespaces, and what to do about it, for people.
   *
   * @param error the name of the kernel's answer, such as {@code EPERM}
   */
  public String namespaceAdvice(String error) {
    return Causes.ofRefusal(this, error)
        .map(cause -> "Cause: %s. Remedy: %s.".formatted(cause.text(), cause.remedy()))
        .orElse("Allow user namespaces for ordinary users; 'stepbox doctor' names the setting.");
  }

  /** Whether this user may make network interfaces of programs. */
  public boolean hasTun() {
    return Files.isWritable(root.resolve("dev/net/tun"));
  }

  /** A program that can connect a network namespace to the outside, if this user may use one. */
  public Optional<Egress> egress() {
    if (!hasTun()) {
      return Optional.empty();
    }
    for (Egress.Kind kind : Egress.Kind.values()) {
      Optional<Path> program = program(kind.option());
      if (program.isPresent()) {
        return Optional.of(new Egress(kind, program.get()));
      }
    }
    return Optional.empty();
  }

  /** The directories of the host that exist, without those that are links into another one. */
  public List<Path> hostDirectories() {
    return HOST_DIRECTORIES.stream()
        .map(root::resolve)
        .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /** What is mounted below some directories of the host. */
  public HostMounts mountsBelow(List<Path> directories) {
    return HostMounts.below(directories, MountTable.parse(mountInfo()));
  }

  /** What this process may raise the number of its open files to. */
  public long openFilesMax() {
    Matcher line = OPEN_FILES.matcher(text("proc/self/limits"));
    return line.find() ? Long.parseLong(line.group(1)) : OPEN_FILES_USUAL;
  }

  /** Whether memory can be swapped out. */
  public boolean hasSwap() {
    return SWAP.matcher(text("proc/meminfo")).find();
  }

  /** Looks for what virtual machines are made of. */
  public MachineFinder machineFinder() {
    return new MachineFinder(root, environment);
  }

  /** Looks for programs that make containers. */
  public RuntimeFinder runtimeFinder() {
    return new RuntimeFinder(this);
  }

  /** Directories with programs and their libraries, without those that are links. */
  List<Path> libraries() {
    return LIBRARY_DIRECTORIES.stream()
        .map(root::resolve)
        .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /** The host's own name servers. */
  public String resolver() {
    return text("etc/resolv.conf");
  }

  /** Where a program is installed, for the caller at first. */
  Optional<Path> programOnPath(String name) {
    return Stream.of(environment.getOrDefault("PATH", "").split(":"))
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> root.resolve(directory.substring(1)).resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .or(() -> program(name));
  }

  /** Where a program is installed. */
  Optional<Path> program(String name) {
    return PROGRAM_DIRECTORIES.stream()
        .map(directory -> root.resolve(directory).resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * The text of a file, empty when it cannot be read. Bytes that are no UTF-8, such as those of a
   * foreign mount's name, are replaced rather than hiding the rest of the file.
   */
  String text(String path) {
    String text = textOrNull(path);
    return text == null ? "" : text;
  }

  @Nullable String textOrNull(String path) {
    try {
      return new String(Files.readAllBytes(root.resolve(path)), UTF_8);
    } catch (IOException ignored) {
      // What is absent or unreadable offers nothing, which is what the empty text says.
      return null;
    }
  }

  /** The effective id of this process. */
  private long id(String kind) {
    Matcher line =
        Pattern.compile("^" + kind + ":\\s+\\d+\\s+(\\d+)", Pattern.MULTILINE)
            .matcher(text("proc/self/status"));
    if (!line.find()) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          "cannot read the ids of this process in '%s'. Mount /proc."
              .formatted(root.resolve("proc/self/status")));
    }
    return Long.parseLong(line.group(1));
  }
}
