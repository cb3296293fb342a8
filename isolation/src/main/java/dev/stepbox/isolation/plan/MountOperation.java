package dev.stepbox.isolation.plan;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * One thing that the launcher does to build a file system, as the launcher's protocol has it.
 * Targets are relative to the root, sources are in the launcher's own view.
 */
public sealed interface MountOperation {

  /** What a mount forbids, and how it is made. */
  enum Flag {
    READ_ONLY(1),
    NOSUID(2),
    NODEV(4),
    NOEXEC(8),
    /** An overlay that never waits for the disk. */
    VOLATILE(16),
    /** A missing target is made. */
    MAKE(32);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }

    /** The flags as the protocol has them. */
    static int bits(Set<Flag> flags) {
      return flags.stream().mapToInt(flag -> flag.bit).sum();
    }
  }

  /**
   * An overlay mount.
   *
   * @param lowers the topmost first
   * @param upper empty for a read-only overlay
   * @param work empty for a read-only overlay
   */
  record Overlay(String target, List<String> lowers, String upper, String work, Set<Flag> flags)
      implements MountOperation {
    public Overlay {
      lowers = List.copyOf(lowers);
      flags = sorted(flags);
    }
  }

  /**
   * A file system in memory.
   *
   * @param bytes its size, 0 for half of the machine's memory
   */
  record Tmpfs(String target, long bytes, int mode, Set<Flag> flags) implements MountOperation {
    public Tmpfs {
      flags = sorted(flags);
    }
  }

  /** A directory or file shown at a second place. */
  record Bind(String source, String target, Set<Flag> flags) implements MountOperation {
    public Bind {
      flags = sorted(flags);
    }
  }

  /** A directory; one that exists is left. */
  record Directory(String path, int mode) implements MountOperation {}

  /**
   * The cgroups below the step's own.
   *
   * @param controllers of a hierarchy of version 1; none for version 2
   */
  record Cgroup(String target, List<String> controllers) implements MountOperation {
    public Cgroup {
      controllers = List.copyOf(controllers);
    }
  }

  /** A file with this content. */
  record TextFile(String path, int mode, String content) implements MountOperation {}

  /** The flags of a mount as the protocol has them. */
  static int bits(Set<Flag> flags) {
    return Flag.bits(flags);
  }

  private static Set<Flag> sorted(Set<Flag> flags) {
    return Collections.unmodifiableSet(new TreeSet<>(flags));
  }
}
