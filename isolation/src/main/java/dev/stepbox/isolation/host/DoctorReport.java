package dev.stepbox.isolation.host;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What this machine offers for isolation.
 *
 * @param rung how far it reaches
 * @param shortfalls what is missing for the highest rung, where steps can be isolated
 * @param checks what was looked at, in a fixed order
 */
public record DoctorReport(Rung rung, Set<Shortfall> shortfalls, List<Check> checks) {

  /** How far isolation reaches on a machine. */
  public enum Rung {
    /** All namespaces, a fresh proc, overlay file systems, and cgroups that enforce every cap. */
    L3,
    /** The same, less what the shortfalls name. */
    L2,
    /**
     * No namespaces, but chroots, a user for each stage, Landlock: for builds that are let run so.
     */
    L1,
    /** Steps cannot be isolated, and none is run. */
    REFUSED
  }

  /** What builds do without. */
  public enum Shortfall {
    /** A {@code /proc} of the steps' own. */
    PROC,
    /** Cgroups that enforce every cap. */
    CAPS
  }

  /** How a check ended. */
  public enum Status {
    OK,
    /** Builds run, with less than they could have. */
    WARN,
    /** No build runs. */
    FAIL
  }

  /**
   * One thing that was looked at.
   *
   * @param name stable word for machines, for example {@code user-namespaces}
   * @param finding what is there or missing, one sentence
   * @param cause why it is missing, empty when nothing is
   * @param remedy what to do about it, if possible as a command; empty when nothing is
   */
  public record Check(String name, Status status, String finding, String cause, String remedy) {
    static Check ok(String name, String finding) {
      return new Check(name, Status.OK, finding, "", "");
    }
  }

  public DoctorReport {
    shortfalls = Set.copyOf(shortfalls);
    checks = List.copyOf(checks);
  }

  /** Where steps can be run in chroots; unless a check failed that chroots need, too. */
  static DoctorReport ofChroots(List<Check> checks) {
    boolean isRefused = checks.stream().anyMatch(check -> check.status() == Status.FAIL);
    return new DoctorReport(
        isRefused ? Rung.REFUSED : Rung.L1, EnumSet.noneOf(Shortfall.class), checks);
  }

  static DoctorReport of(List<Check> checks, Set<Shortfall> shortfalls) {
    if (checks.stream().anyMatch(check -> check.status() == Status.FAIL)) {
      return new DoctorReport(Rung.REFUSED, EnumSet.noneOf(Shortfall.class), checks);
    }
    return new DoctorReport(shortfalls.isEmpty() ? Rung.L3 : Rung.L2, shortfalls, checks);
  }
}
