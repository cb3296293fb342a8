package dev.stepbox.isolation.plan;

import java.util.List;

/** The powers that user id 0 has inside a step, over files and processes of the build only. */
final class Capabilities {
  private static final int CHOWN = 0;
  private static final int DAC_OVERRIDE = 1;
  private static final int FOWNER = 3;
  private static final int FSETID = 4;
  private static final int KILL = 5;
  private static final int SETGID = 6;
  private static final int SETUID = 7;
  private static final int SETPCAP = 8;
  private static final int NET_BIND_SERVICE = 10;
  private static final int SYS_CHROOT = 18;
  private static final int SETFCAP = 31;

  /**
   * What package managers and service programs need; no mounts, devices, tracing or raw packets.
   */
  static final long STEP =
      mask(
          List.of(
              CHOWN,
              DAC_OVERRIDE,
              FOWNER,
              FSETID,
              KILL,
              SETGID,
              SETUID,
              SETPCAP,
              NET_BIND_SERVICE,
              SYS_CHROOT,
              SETFCAP));

  private Capabilities() {}

  private static long mask(List<Integer> numbers) {
    long mask = 0;
    for (int number : numbers) {
      mask |= 1L << number;
    }
    return mask;
  }
}
