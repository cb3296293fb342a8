package dev.stepbox.isolation.cgroup;

import dev.stepbox.isolation.Cap;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Where this user may make cgroups. */
public sealed interface CgroupHome {

  /** The caps that can be enforced there. The disk cap needs no cgroup and always can. */
  Set<Cap> enforceable();

  /**
   * Separate hierarchies, of version 1.
   *
   * @param directories controller to the directory in which a build's directory may be made;
   *     controllers that are mounted together have the same one
   */
  record V1(SortedMap<String, Path> directories) implements CgroupHome {
    public V1 {
      directories = Collections.unmodifiableSortedMap(new TreeMap<>(directories));
    }

    @Override
    public Set<Cap> enforceable() {
      return capsOf(directories.keySet());
    }
  }

  /**
   * The unified hierarchy, of version 2.
   *
   * @param directory in which a build's directory may be made
   * @param controllers that a cgroup made there has
   * @param isOccupied whether processes sit in it, which have to move into a child of it first: a
   *     cgroup with processes cannot hand controllers down
   */
  record V2(Path directory, Set<String> controllers, boolean isOccupied) implements CgroupHome {
    public V2 {
      controllers = Collections.unmodifiableSet(new TreeSet<>(controllers));
    }

    @Override
    public Set<Cap> enforceable() {
      return capsOf(controllers);
    }
  }

  /**
   * The user's systemd can make a delegated scope in the unified hierarchy.
   *
   * @param program the path of {@code systemd-run}
   * @param mount where the unified hierarchy is mounted
   * @param controllers that such a scope has
   */
  record Scope(Path program, Path mount, Set<String> controllers) implements CgroupHome {
    public Scope {
      controllers = Collections.unmodifiableSet(new TreeSet<>(controllers));
    }

    @Override
    public Set<Cap> enforceable() {
      return capsOf(controllers);
    }
  }

  /**
   * Nowhere.
   *
   * @param reason why, for people
   */
  record None(String reason) implements CgroupHome {
    @Override
    public Set<Cap> enforceable() {
      return Set.of(Cap.DISK);
    }
  }

  /** No cgroup: the launcher looks up what the processes of a step's user have. */
  record Watch() implements CgroupHome {
    @Override
    public Set<Cap> enforceable() {
      return Set.of(Cap.DISK, Cap.MEMORY, Cap.PIDS);
    }
  }

  private static Set<Cap> capsOf(Set<String> controllers) {
    Set<Cap> caps = EnumSet.of(Cap.DISK);
    if (controllers.contains("cpu")) {
      caps.add(Cap.CPU);
    }
    if (controllers.contains("memory")) {
      caps.add(Cap.MEMORY);
    }
    if (controllers.contains("pids")) {
      caps.add(Cap.PIDS);
    }
    return Collections.unmodifiableSet(caps);
  }
}
