package dev.stepbox.isolation.host;

import java.util.List;

/**
 * What this machine offers for isolation.
 *
 * @param rung how far it reaches
 * @param checks what was looked at, in a fixed order
 */
public record DoctorReport(Rung rung, List<Check> checks) {

  /** How far isolation reaches on a machine. */
  public enum Rung {
    /** All namespaces, a fresh proc, overlay file systems, and cgroups that enforce every cap. */
    L3,
    /** The same, but some caps cannot be enforced. */
    L2,
    /** Steps cannot be isolated, and none is run. */
    REFUSED
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
    checks = List.copyOf(checks);
  }

  static DoctorReport of(List<Check> checks, boolean enforcesEveryCap) {
    boolean isRefused = checks.stream().anyMatch(check -> check.status() == Status.FAIL);
    Rung usable = enforcesEveryCap ? Rung.L3 : Rung.L2;
    return new DoctorReport(isRefused ? Rung.REFUSED : usable, checks);
  }
}
