package dev.stepbox.isolation.plan;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The powers that user id 0 has inside a step, over files and processes of the build only. */
final class Capabilities {
  /** Those that are used here, by the kernel's numbers. */
  private static final SortedMap<Integer, String> NAMES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry(0, "CAP_CHOWN"),
              Map.entry(1, "CAP_DAC_OVERRIDE"),
              Map.entry(3, "CAP_FOWNER"),
              Map.entry(4, "CAP_FSETID"),
              Map.entry(5, "CAP_KILL"),
              Map.entry(6, "CAP_SETGID"),
              Map.entry(7, "CAP_SETUID"),
              Map.entry(8, "CAP_SETPCAP"),
              Map.entry(10, "CAP_NET_BIND_SERVICE"),
              Map.entry(18, "CAP_SYS_CHROOT"),
              Map.entry(31, "CAP_SETFCAP")));

  /**
   * What package managers and service programs need; no mounts, devices, tracing or raw packets.
   */
  static final long STEP = mask();

  private Capabilities() {}

  /** The names of a mask's capabilities, as runtimes want them. */
  static List<String> names(long mask) {
    return NAMES.entrySet().stream()
        .filter(each -> (mask >> each.getKey() & 1) != 0)
        .map(Map.Entry::getValue)
        .toList();
  }

  private static long mask() {
    return NAMES.keySet().stream().mapToLong(number -> 1L << number).sum();
  }
}
