package dev.stepbox.isolation.cgroup;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.cgroup.CgroupFiles.Version;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The directories that hold the cgroups of one build's steps.
 *
 * @param version which kind they are
 * @param directories name of a hierarchy to the build's directory in it
 * @param files what to write into and read from a step's cgroup below them
 */
public record BuildCgroup(
    Version version, SequencedMap<String, Path> directories, CgroupFiles files) {

  /** How long processes of a dead build may take to vanish. */
  private static final Duration REMOVE_MAX = Duration.ofSeconds(2);

  /** Version 2: where the supervisor is, since a cgroup with children has no processes itself. */
  private static final String SUPERVISOR = "supervisor";

  /** Version 2: where the processes of a cgroup go that is to have children. */
  private static final String PROCESSES = "processes";

  /** Processes that are born while others move are found by looking again. */
  private static final int VACATE_TRIES = 100;

  /** No cgroup at all. */
  public static BuildCgroup none() {
    return new BuildCgroup(Version.NONE, new LinkedHashMap<>(), CgroupFiles.none());
  }

  /**
   * Makes the directories of a build. One that is left from a dead build of the same name is used
   * again.
   *
   * @param name the last component of each directory
   * @param owner who is to own them, null for whoever makes them
   */
  public static BuildCgroup create(CgroupHome home, String name, @Nullable Integer owner) {
    BuildCgroup cgroup = in(home, name);
    try {
      if (home instanceof CgroupHome.V2 unified) {
        if (unified.isOccupied()) {
          vacate(unified.directory());
        }
        enable(unified.directory(), unified.controllers());
      }
      for (Path directory : cgroup.directories.values()) {
        make(directory, owner);
        if (home instanceof CgroupHome.V2 unified) {
          enable(directory, unified.controllers());
          make(directory.resolve(SUPERVISOR), owner);
        }
      }
    } catch (IOException e) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          "cannot make the cgroups of the build in %s: %s. 'stepbox doctor' tells what this user "
                  .formatted(cgroup.directories.values(), e)
              + "may use.",
          e);
    }
    return cgroup.withSwap();
  }

  /** The same, once its directories are there, with what they show of swap. */
  BuildCgroup withSwap() {
    return new BuildCgroup(version, directories, files.withSwapOf(directories));
  }

  /** What {@link #create} would make. */
  public static BuildCgroup in(CgroupHome home, String name) {
    return switch (home) {
      case CgroupHome.None _ -> none();
      case CgroupHome.Watch _ ->
          new BuildCgroup(Version.WATCH, new LinkedHashMap<>(), CgroupFiles.watch());
      case CgroupHome.Scope scope ->
          new BuildCgroup(Version.V2, new LinkedHashMap<>(), unifiedFiles(scope.controllers()));
      case CgroupHome.V2 unified -> {
        SequencedMap<String, Path> directories = new LinkedHashMap<>();
        directories.put(CgroupFiles.UNIFIED, unified.directory().resolve(name));
        yield new BuildCgroup(Version.V2, directories, unifiedFiles(unified.controllers()));
      }
      case CgroupHome.V1 separate -> separate(separate, name);
    };
  }

  private static BuildCgroup separate(CgroupHome.V1 home, String name) {
    SequencedMap<String, Path> directories = new LinkedHashMap<>();
    SortedMap<String, String> hierarchies = new TreeMap<>();
    for (String controller : CgroupFinder.CONTROLLERS) {
      Path parent = home.directories().get(controller);
      if (parent != null) {
        Path directory = parent.resolve(name);
        hierarchies.put(controller, hierarchyAt(directories, directory, controller));
      }
    }
    return new BuildCgroup(Version.V1, directories, new CgroupFiles(Version.V1, hierarchies));
  }

  /** Controllers that are mounted together share a directory, which is named once. */
  private static String hierarchyAt(
      SequencedMap<String, Path> directories, Path directory, String controller) {
    for (Map.Entry<String, Path> entry : directories.entrySet()) {
      if (entry.getValue().equals(directory)) {
        return entry.getKey();
      }
    }
    directories.put(controller, directory);
    return controller;
  }

  private static CgroupFiles unifiedFiles(Set<String> controllers) {
    SortedMap<String, String> hierarchies = new TreeMap<>();
    controllers.forEach(controller -> hierarchies.put(controller, CgroupFiles.UNIFIED));
    return new CgroupFiles(Version.V2, hierarchies);
  }

  private static void make(Path directory, @Nullable Integer owner) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException ignored) {
      // Left by a build whose supervisor was killed: its steps are gone, the directory is as good.
    }
    if (owner != null) {
      Files.setAttribute(directory, "unix:uid", owner);
      Path procs = directory.resolve("cgroup.procs");
      if (Files.exists(procs)) {
        Files.setAttribute(procs, "unix:uid", owner);
      }
    }
  }

  private static void vacate(Path directory) throws IOException {
    Path leaf = directory.resolve(PROCESSES);
    make(leaf, null);
    Path procs = directory.resolve("cgroup.procs");
    List<String> processes = Files.readAllLines(procs);
    for (int i = 0; i < VACATE_TRIES && !processes.isEmpty(); i++) {
      for (String process : processes) {
        try {
          Files.writeString(leaf.resolve("cgroup.procs"), process);
        } catch (IOException e) {
          if (Files.exists(Path.of("/proc", process))) {
            throw e;
          }
        }
      }
      processes = Files.readAllLines(procs);
    }
  }

  /** Where the supervisor is to be born, when it cannot stay in the cgroup of the engine. */
  public Optional<Path> supervisor() {
    return Optional.ofNullable(directories.get(CgroupFiles.UNIFIED))
        .map(directory -> directory.resolve(SUPERVISOR));
  }

  private static void enable(Path directory, Set<String> controllers) throws IOException {
    Path control = directory.resolve("cgroup.subtree_control");
    Set<String> missing = new LinkedHashSet<>(controllers);
    missing.removeAll(List.of(Files.readString(control).strip().split(" ", -1)));
    if (!missing.isEmpty()) {
      Files.writeString(control, "+" + String.join(" +", missing));
    }
  }

  /**
   * Kills the processes in the directories and below. Where the kernel cannot do so in one step,
   * and a process belongs to an id that this user may not signal, it goes on.
   */
  public void kill() {
    directories.values().forEach(BuildCgroup::kill);
  }

  private static void kill(Path directory) {
    Path atOnce = directory.resolve("cgroup.kill");
    try {
      if (Files.exists(atOnce)) {
        Files.writeString(atOnce, "1");
        return;
      }
      for (String pid : Files.readAllLines(directory.resolve("cgroup.procs"))) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
      try (DirectoryStream<Path> children =
          Files.newDirectoryStream(directory, child -> Files.isDirectory(child))) {
        children.forEach(BuildCgroup::kill);
      }
    } catch (IOException ignored) {
      // It is gone, or going: removing it tells when something is left.
    }
  }

  /** Whether a step that made cgroups below its own has left some: they belong to ids of steps. */
  public boolean hasNested() {
    return directories.values().stream()
        .flatMap(directory -> children(directory).stream())
        .anyMatch(step -> !children(step).isEmpty());
  }

  private static List<Path> children(Path directory) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(directory, child -> Files.isDirectory(child))) {
      found.forEach(children::add);
    } catch (IOException ignored) {
      // It is gone, and with it all that was in it.
    }
    return children;
  }

  /** Removes the directories with everything below, as soon as no process is left in them. */
  public void remove() throws InterruptedException {
    removeAll(List.copyOf(directories.values()));
  }

  /** Like {@link #remove()}, for directories that a build noted. */
  public static void removeAll(List<Path> directories) throws InterruptedException {
    List<Path> left = new ArrayList<>(directories);
    boolean isDone =
        Patience.until(
            () -> {
              left.removeIf(BuildCgroup::isRemoved);
              return left.isEmpty();
            },
            REMOVE_MAX);
    if (!isDone) {
      throw new SandboxException(
          SandboxErrorCode.CANNOT_ISOLATE,
          "cannot remove cgroups %s: processes are left in them. ".formatted(left)
              + "End these, and remove the directories with 'find DIR -depth -type d -delete'.");
    }
  }

  /**
   * Removes directories in which no process is, nor below them.
   *
   * @return whether none is left
   */
  public static boolean removeEmpty(List<Path> directories) throws IOException {
    for (Path directory : directories) {
      if (!isEmpty(directory)) {
        return false;
      }
    }
    boolean isGone = true;
    for (Path directory : directories) {
      isGone &= isRemoved(directory);
    }
    return isGone;
  }

  private static boolean isEmpty(Path directory) throws IOException {
    Path processes = directory.resolve("cgroup.procs");
    if (Files.exists(processes) && !Files.readString(processes).isBlank()) {
      return false;
    }
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> children =
          Files.newDirectoryStream(directory, child -> Files.isDirectory(child))) {
        for (Path child : children) {
          if (!isEmpty(child)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static boolean isRemoved(Path directory) {
    try (DirectoryStream<Path> children =
        Files.newDirectoryStream(directory, child -> Files.isDirectory(child))) {
      for (Path child : children) {
        isRemoved(child);
      }
    } catch (NoSuchFileException ignored) {
      return true;
    } catch (IOException ignored) {
      return false;
    }
    try {
      Files.deleteIfExists(directory);
      return true;
    } catch (IOException ignored) {
      // Busy while the kernel still reaps the processes of the step: the caller tries again.
      return false;
    }
  }
}
