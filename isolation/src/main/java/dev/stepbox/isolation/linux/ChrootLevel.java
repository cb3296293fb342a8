package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.IsolationRequest.Chroots;
import dev.stepbox.isolation.IsolationRequest.Machines;
import dev.stepbox.isolation.IsolationRequest.Work;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.SandboxSpec.Privileges;
import dev.stepbox.isolation.host.IdMaps;
import dev.stepbox.isolation.host.Probe;
import dev.stepbox.isolation.host.Probe.Result;
import dev.stepbox.isolation.plan.IdMap;
import dev.stepbox.isolation.plan.SupervisorPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The lowest level, for where no namespace can be had: steps in chroots, each stage with a user of
 * its own. A supervisor that runs no step needs no permission for it: it only reaches files.
 */
final class ChrootLevel {
  /** Above what {@link IdMaps} takes, below where signed numbers end. */
  private static final long FIRST_USER = 2_000_000_000;

  /** Two for each of the 64 steps that a supervisor runs at once. */
  private static final int USERS = 128;

  private ChrootLevel() {}

  /** Tries what this machine offers. */
  interface Tried {
    List<Probe> probes() throws InterruptedException;
  }

  /**
   * Whether chroots are what is left: a build was refused, and the machine gives no namespace but
   * all that a chroot needs.
   */
  static boolean isLast(SandboxException refusal, boolean isRealRoot, Tried tried)
      throws InterruptedException {
    boolean isAboutMachine =
        refusal.code() == SandboxErrorCode.CANNOT_ISOLATE
            || refusal.code() == SandboxErrorCode.CAP_NOT_ENFORCEABLE;
    return isAboutMachine && isRealRoot && isLast(tried.probes());
  }

  private static boolean isLast(List<Probe> probes) {
    return probes.stream().anyMatch(is("user-namespace", Result.NO))
        && probes.stream().anyMatch(is("chroot", Result.YES));
  }

  private static Predicate<Probe> is(String name, Result result) {
    return probe -> probe.name().equals(name) && probe.result() == result;
  }

  /**
   * Throws what refused the build where it has no leave for chroots, or asks for what they cannot
   * give.
   */
  static void requireAllowed(IsolationRequest request, SandboxException refusal) {
    if (request.work() == Work.FILES) {
      return;
    }
    if (request.chroots() == Chroots.REFUSE) {
      throw new SandboxException(
          refusal.code(),
          refusal.getMessage()
              + " Or run with --allow-chroot: steps are then kept in chroots (level L1), which"
              + " isolates less.",
          refusal);
    }
    if (request.machines() == Machines.USED) {
      throw unfit("run 'isolation: vm'");
    }
    if (request.runtime() != null) {
      throw unfit("run steps through '%s'".formatted(request.runtime().program()));
    }
    if (request.privileges() == Privileges.SETUID_PROGRAMS) {
      throw unfit("give steps working setuid programs");
    }
  }

  private static SandboxException unfit(String what) {
    return new SandboxException(
        SandboxErrorCode.CANNOT_ISOLATE,
        "cannot %s in chroots (level L1), and no namespaces can be had here. 'stepbox doctor' tells"
                .formatted(what)
            + " how to get them.");
  }

  /** What does not hold. */
  static List<Announcement> announcements(IsolationRequest request) {
    List<Announcement> announcements = new ArrayList<>();
    announcements.add(
        new Announcement(
            "chroot",
            "steps run in chroots, each stage as a user of its own (level L1), because no"
                + " namespaces can be had here. They have no /proc, cannot change the image, find"
                + " caches empty, and are not root; caps on memory and processes are watched, not"
                + " enforced by the kernel. This isolates less: 'stepbox doctor' tells how to get"
                + " more"));
    if (request.networks().contains(NetworkMode.BUILD)) {
      announcements.add(
          new Announcement(
              "no-egress",
              "steps reach nothing over the network, not even each other, because in chroots only"
                  + " 'network: host' with --allow-host-network gives one"));
    }
    return announcements;
  }

  /** What the supervisor is told; files in the store are those of all levels. */
  static SupervisorPlan.Chroots plan(Path directory, IdMap ids) {
    return new SupervisorPlan.Chroots(directory, ids.outsideOfZero(), FIRST_USER, USERS);
  }
}
