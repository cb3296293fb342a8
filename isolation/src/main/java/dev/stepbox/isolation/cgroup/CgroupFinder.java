package dev.stepbox.isolation.cgroup;

import dev.stepbox.isolation.cgroup.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a place where this process may make cgroups. Reads a few small files and starts no
 * process, since every build pays for it.
 */
public final class CgroupFinder {
  /** The controllers that a step's caps and usage need, in the order of their use. */
  static final List<String> CONTROLLERS = List.of("cpu", "cpuacct", "memory", "pids", "blkio");

  private static final List<String> UNIFIED_CONTROLLERS = List.of("cpu", "memory", "pids", "io");
  private static final Set<String> LIMITING = Set.of("cpu", "memory", "pids");

  private final MountTable mounts;
  private final Membership membership;
  private final String userName;
  private final @Nullable ScopeMaker scopeMaker;

  /**
   * The user's systemd.
   *
   * @param program the path of {@code systemd-run}
   * @param managerCgroup the cgroup of the user's service manager, from the root of the hierarchy
   */
  public record ScopeMaker(Path program, String managerCgroup) {}

  /**
   * Looks from what the kernel says about this process.
   *
   * @param mountInfo text of {@code /proc/self/mountinfo}
   * @param cgroup text of {@code /proc/self/cgroup}
   * @param userName a directory of this name at the top of a hierarchy counts as handed to the user
   * @param scopeMaker the user's systemd, null when it cannot be reached
   */
  public CgroupFinder(
      String mountInfo, String cgroup, String userName, @Nullable ScopeMaker scopeMaker) {
    this.mounts = MountTable.parse(mountInfo);
    this.membership = Membership.parse(cgroup);
    this.userName = userName;
    this.scopeMaker = scopeMaker;
  }

  /** The best place there is: whichever version has the controllers. */
  public CgroupHome find() {
    CgroupHome unified = findUnified();
    if (unified.enforceable().size() > 1) {
      return unified;
    }
    SortedMap<String, Path> separate = new TreeMap<>();
    for (String controller : CONTROLLERS) {
      separateDirectory(controller).ifPresent(path -> separate.put(controller, path));
    }
    if (separate.keySet().stream().anyMatch(LIMITING::contains)) {
      return new CgroupHome.V1(separate);
    }
    return unified instanceof CgroupHome.None ? noneBecause() : unified;
  }

  private CgroupHome noneBecause() {
    boolean hasUnified = mounts.mounts().stream().anyMatch(mount -> mount.type().equals("cgroup2"));
    boolean hasSeparate = mounts.mounts().stream().anyMatch(mount -> mount.type().equals("cgroup"));
    if (!hasUnified && !hasSeparate) {
      return new CgroupHome.None("no cgroup file system is mounted");
    }
    return new CgroupHome.None(
        "no cgroup with the controllers cpu, memory or pids is delegated to user '%s'"
            .formatted(userName));
  }

  // ---- version 1

  private Optional<Path> separateDirectory(String controller) {
    Optional<Mount> mount =
        mounts.mounts().stream()
            .filter(each -> each.type().equals("cgroup"))
            .filter(each -> each.superOptions().contains(controller))
            .findFirst();
    Optional<String> own = membership.of(controller);
    if (mount.isEmpty() || own.isEmpty()) {
      return Optional.empty();
    }
    Path ownDirectory = directory(mount.get(), own.get());
    Path point = mount.get().point();
    return List.of(ownDirectory, ownDirectory.resolve(userName), point.resolve(userName)).stream()
        .filter(path -> isUsable(path))
        .findFirst();
  }

  // ---- version 2

  private CgroupHome findUnified() {
    Optional<Mount> mount =
        mounts.mounts().stream().filter(each -> each.type().equals("cgroup2")).findFirst();
    Optional<String> own = membership.unified();
    if (mount.isEmpty() || own.isEmpty()) {
      return new CgroupHome.None("no unified hierarchy");
    }
    Path point = mount.get().point();
    Path ownDirectory = directory(mount.get(), own.get());
    List<CgroupHome> homes = new ArrayList<>();
    for (Path at = ownDirectory; at != null && at.startsWith(point); at = at.getParent()) {
      unifiedAt(at).ifPresent(homes::add);
    }
    homes.add(scope(point));
    occupied(ownDirectory).ifPresent(homes::add);
    // The nearest of those with most: root may write all of them, and not each has every
    // controller.
    CgroupHome best = homes.getFirst();
    for (CgroupHome home : homes) {
      best = home.enforceable().size() > best.enforceable().size() ? home : best;
    }
    return best;
  }

  /**
   * A cgroup can have children with controllers when it holds no process itself, or when it is the
   * root of the hierarchy, which alone has no events.
   */
  private static Optional<CgroupHome> unifiedAt(Path directory) {
    if (!mayMoveWithin(directory)) {
      return Optional.empty();
    }
    Path control = directory.resolve("cgroup.subtree_control");
    boolean mayHaveChildren =
        text(directory.resolve("cgroup.procs")).isBlank()
            || !Files.exists(directory.resolve("cgroup.events"));
    Path offered =
        mayHaveChildren && Files.isWritable(control)
            ? directory.resolve("cgroup.controllers")
            : control;
    return Optional.of(new CgroupHome.V2(directory, useful(offered), false));
  }

  /** The own cgroup with this process in it, as a service is delegated it by systemd. */
  private static Optional<CgroupHome> occupied(Path own) {
    if (!mayMoveWithin(own) || !Files.isWritable(own.resolve("cgroup.subtree_control"))) {
      return Optional.empty();
    }
    return Optional.of(new CgroupHome.V2(own, useful(own.resolve("cgroup.controllers")), true));
  }

  private static boolean mayMoveWithin(Path directory) {
    return isUsable(directory) && Files.isWritable(directory.resolve("cgroup.procs"));
  }

  private static Set<String> useful(Path file) {
    Set<String> controllers = words(file);
    controllers.retainAll(UNIFIED_CONTROLLERS);
    return controllers;
  }

  private CgroupHome scope(Path point) {
    if (scopeMaker == null) {
      return new CgroupHome.None("no delegated cgroup");
    }
    Path manager = point.resolve(scopeMaker.managerCgroup().substring(1));
    return new CgroupHome.Scope(
        scopeMaker.program(), point, useful(manager.resolve("cgroup.controllers")));
  }

  // ---- files

  /** A mount can show a part of the hierarchy only; paths of processes count from its root. */
  private static Path directory(Mount mount, String cgroup) {
    String below = cgroup;
    if (!mount.root().equals("/") && cgroup.startsWith(mount.root())) {
      below = cgroup.substring(mount.root().length());
    }
    Path path = mount.point().resolve(below.replaceFirst("^/+", "")).normalize();
    return path.startsWith(mount.point()) ? path : mount.point();
  }

  private static boolean isUsable(Path directory) {
    return Files.isDirectory(directory) && Files.isWritable(directory);
  }

  private static Set<String> words(Path file) {
    String text = text(file).strip();
    Set<String> words = new TreeSet<>();
    if (!text.isEmpty()) {
      Collections.addAll(words, text.split("\\s+", -1));
    }
    return words;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException ignored) {
      // Absent or unreadable: a cgroup that tells nothing offers nothing.
      return "";
    }
  }
}
