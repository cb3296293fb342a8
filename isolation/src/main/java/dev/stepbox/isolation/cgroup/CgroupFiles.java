package dev.stepbox.isolation.cgroup;

import dev.stepbox.isolation.Caps;
import dev.stepbox.isolation.Usage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The files of a step's cgroup: what to write for caps, what to read for usage. Pure functions;
 * sources are the kernel's {@code cgroup-v1} and {@code cgroup-v2} documents.
 *
 * @param version which files there are
 * @param hierarchies controller to the name of the hierarchy that it is in
 */
public record CgroupFiles(Version version, SortedMap<String, String> hierarchies) {
  /** The name of the only hierarchy of version 2. */
  public static final String UNIFIED = "unified";

  /**
   * Stands for the part of the memory controller that counts what is swapped out, which a kernel
   * may lack: beside the controllers, where there is one.
   */
  public static final String SWAP = "swap";

  /** The launcher knows by this name what it is to watch. */
  private static final String WATCHED = "watch";

  private static final String SWAP_MAX_V1 = "memory.memsw.limit_in_bytes";
  private static final String SWAP_MAX_V2 = "memory.swap.max";

  /** Over this time the cpu cap is counted: the kernel's own default. */
  private static final long PERIOD_MICROS = 100_000;

  private static final long MICROS_PER_MILLI_CPU = PERIOD_MICROS / 1000;

  /** The process 1 of the step's pid namespace is ours, and in the step's cgroup. */
  private static final int OWN_PROCESSES = 1;

  /** The two designs of cgroups, and their absence. */
  public enum Version {
    NONE,
    V1,
    V2,
    /** None; what is written here is told to the launcher, which watches a user's processes. */
    WATCH
  }

  /** A file of a hierarchy. */
  public record FileName(String hierarchy, String file) {}

  /** A value for a file. */
  public record Write(String hierarchy, String file, String value) {}

  public CgroupFiles {
    hierarchies = Collections.unmodifiableSortedMap(new TreeMap<>(hierarchies));
  }

  /** No cgroup: nothing to write or read. */
  public static CgroupFiles none() {
    return new CgroupFiles(Version.NONE, new TreeMap<>());
  }

  /** What the launcher watches where there is no cgroup. */
  public static CgroupFiles watch() {
    SortedMap<String, String> hierarchies = new TreeMap<>();
    hierarchies.put("memory", WATCHED);
    hierarchies.put("pids", WATCHED);
    return new CgroupFiles(Version.WATCH, hierarchies);
  }

  /** Those of a guest of ours, where all is known. */
  public static CgroupFiles guest() {
    SortedMap<String, String> hierarchies = new TreeMap<>();
    for (String controller : List.of("cpu", "memory", "pids")) {
      hierarchies.put(controller, UNIFIED);
    }
    return new CgroupFiles(Version.V2, hierarchies);
  }

  /** The same, with swap counted if the build's directories show that it can be. */
  CgroupFiles withSwapOf(Map<String, Path> directories) {
    if (version == Version.WATCH) {
      return this;
    }
    String hierarchy = hierarchies.get("memory");
    Path directory = hierarchy == null ? null : directories.get(hierarchy);
    String file = version == Version.V1 ? SWAP_MAX_V1 : SWAP_MAX_V2;
    if (hierarchy == null || directory == null || !Files.exists(directory.resolve(file))) {
      return this;
    }
    SortedMap<String, String> more = new TreeMap<>(hierarchies);
    more.put(SWAP, hierarchy);
    return new CgroupFiles(version, more);
  }

  /** Whether a cap on memory leaves out what is swapped out. */
  public boolean forgetsSwap() {
    return version != Version.WATCH
        && hierarchies.containsKey("memory")
        && !hierarchies.containsKey(SWAP);
  }

  /** What enforces the caps, in this order. A cap without its controller is left out. */
  public List<Write> writes(Caps caps) {
    Writes writes = new Writes();
    switch (version) {
      case NONE -> {}
      case V1 -> addV1(writes, caps);
      case V2 -> addV2(writes, caps);
      case WATCH -> addWatch(writes, caps);
    }
    return List.copyOf(writes.list);
  }

  private static void addV1(Writes writes, Caps caps) {
    Integer millis = caps.cpuMillis();
    if (millis != null) {
      writes.add("cpu", "cpu.cfs_period_us", PERIOD_MICROS);
      writes.add("cpu", "cpu.cfs_quota_us", millis * MICROS_PER_MILLI_CPU);
    }
    Long bytes = caps.memoryBytes();
    if (bytes != null) {
      writes.add("memory", "memory.limit_in_bytes", bytes);
      writes.add(SWAP, SWAP_MAX_V1, bytes);
    }
    addPids(writes, caps);
  }

  private static void addWatch(Writes writes, Caps caps) {
    Long bytes = caps.memoryBytes();
    if (bytes != null) {
      writes.add("memory", "memory", bytes);
    }
    Integer pids = caps.pids();
    if (pids != null) {
      writes.add("pids", "pids", pids);
    }
  }

  private static void addV2(Writes writes, Caps caps) {
    Integer millis = caps.cpuMillis();
    if (millis != null) {
      writes.add("cpu", "cpu.max", millis * MICROS_PER_MILLI_CPU + " " + PERIOD_MICROS);
    }
    Long bytes = caps.memoryBytes();
    if (bytes != null) {
      writes.add("memory", "memory.max", bytes);
      writes.add(SWAP, SWAP_MAX_V2, 0);
      writes.add("memory", "memory.oom.group", 1);
    }
    addPids(writes, caps);
  }

  private static void addPids(Writes writes, Caps caps) {
    Integer pids = caps.pids();
    if (pids != null) {
      writes.add("pids", "pids.max", pids + OWN_PROCESSES);
    }
  }

  /** What {@link #usage} needs. */
  public List<FileName> reads() {
    List<FileName> reads = new ArrayList<>();
    switch (version) {
      case NONE, WATCH -> {}
      case V1 -> {
        add(reads, "cpuacct", "cpuacct.usage");
        add(reads, "cpu", "cpu.stat");
        add(reads, "memory", "memory.max_usage_in_bytes");
        add(reads, "memory", "memory.oom_control");
        add(reads, "pids", "pids.peak");
        add(reads, "pids", "pids.events");
        add(reads, "blkio", "blkio.throttle.io_service_bytes_recursive");
      }
      case V2 -> {
        add(reads, "cpu", "cpu.stat");
        add(reads, "memory", "memory.peak");
        add(reads, "memory", "memory.events");
        add(reads, "pids", "pids.peak");
        add(reads, "pids", "pids.events");
        add(reads, "io", "io.stat");
      }
    }
    return List.copyOf(reads);
  }

  /**
   * Makes usage of what was read. Text that is missing or not understood leaves its figure unknown.
   *
   * @param contents the text of each file of {@link #reads()} that could be read
   */
  public Usage usage(Map<FileName, String> contents) {
    Readings in = new Readings(contents);
    return switch (version) {
      case NONE, WATCH -> Usage.UNKNOWN;
      case V1 ->
          new Usage(
              nanos(in.number("cpuacct", "cpuacct.usage"), 1),
              nanos(in.keyed("cpu", "cpu.stat", "throttled_time"), 1),
              in.number("memory", "memory.max_usage_in_bytes"),
              withoutOwn(in.number("pids", "pids.peak")),
              in.blockBytes("blkio.throttle.io_service_bytes_recursive", "Read"),
              in.blockBytes("blkio.throttle.io_service_bytes_recursive", "Write"),
              in.keyed("memory", "memory.oom_control", "oom_kill"),
              in.keyed("pids", "pids.events", "max"));
      case V2 ->
          new Usage(
              nanos(in.keyed("cpu", "cpu.stat", "usage_usec"), 1000),
              nanos(in.keyed("cpu", "cpu.stat", "throttled_usec"), 1000),
              in.number("memory", "memory.peak"),
              withoutOwn(in.number("pids", "pids.peak")),
              in.ioBytes("rbytes="),
              in.ioBytes("wbytes="),
              in.keyed("memory", "memory.events", "oom_kill"),
              in.keyed("pids", "pids.events", "max"));
    };
  }

  private static @Nullable Duration nanos(@Nullable Long value, long factor) {
    return value == null ? null : Duration.ofNanos(value * factor);
  }

  private static @Nullable Long withoutOwn(@Nullable Long peak) {
    return peak == null ? null : Math.max(0, peak - OWN_PROCESSES);
  }

  private void add(List<FileName> reads, String controller, String file) {
    String hierarchy = hierarchies.get(controller);
    if (hierarchy != null) {
      reads.add(new FileName(hierarchy, file));
    }
  }

  /** Collects writes; one whose controller is not there is left out. */
  private final class Writes {
    private final List<Write> list = new ArrayList<>();

    private void add(String controller, String file, long value) {
      add(controller, file, Long.toString(value));
    }

    private void add(String controller, String file, String value) {
      String hierarchy = hierarchies.get(controller);
      if (hierarchy != null) {
        list.add(new Write(hierarchy, file, value));
      }
    }
  }

  /** Numbers out of the texts of files. */
  private final class Readings {
    private final Map<FileName, String> contents;

    private Readings(Map<FileName, String> contents) {
      this.contents = contents;
    }

    private @Nullable String text(String controller, String file) {
      String hierarchy = hierarchies.get(controller);
      return hierarchy == null ? null : contents.get(new FileName(hierarchy, file));
    }

    private @Nullable Long number(String controller, String file) {
      String text = text(controller, file);
      return text == null ? null : parse(text.strip());
    }

    /** The number after a key at the beginning of a line. */
    private @Nullable Long keyed(String controller, String file, String key) {
      String text = text(controller, file);
      if (text == null) {
        return null;
      }
      return text.lines()
          .filter(line -> line.startsWith(key + " "))
          .findFirst()
          .map(line -> parse(line.substring(key.length() + 1).strip()))
          .orElse(null);
    }

    /** Version 1, all devices: lines like {@code 254:0 Read 4096}. */
    private @Nullable Long blockBytes(String file, String operation) {
      String text = text("blkio", file);
      return text == null
          ? null
          : sum(text, words -> words.length == 3 && words[1].equals(operation) ? words[2] : null);
    }

    /** Version 2, all devices: lines like {@code 254:0 rbytes=4096 wbytes=0 …}. */
    private @Nullable Long ioBytes(String key) {
      String text = text("io", "io.stat");
      return text == null ? null : sum(text, words -> valueOf(words, key));
    }

    private static @Nullable String valueOf(String[] words, String key) {
      for (String word : words) {
        if (word.startsWith(key)) {
          return word.substring(key.length());
        }
      }
      return null;
    }

    private static long sum(String text, Function<String[], @Nullable String> number) {
      long sum = 0;
      for (String line : text.lines().toList()) {
        String found = number.apply(line.strip().split(" +"));
        Long value = found == null ? null : parse(found);
        sum += value == null ? 0 : value;
      }
      return sum;
    }

    private static @Nullable Long parse(String text) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException ignored) {
        // A newer kernel may write something else: then the figure is unknown, not wrong.
        return null;
      }
    }
  }
}
