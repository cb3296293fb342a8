package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.plan.RuntimeParts;
import java.util.Optional;

/** What of a machine, and of the launcher's answers, is worth saying. */
final class Announcements {
  static final Announcement SINGLE_ID =
      new Announcement(
          "single-id",
          "steps run under this user's own id, and files of every user of an image belong to"
              + " it, because there is only one id: this user has no subordinate id range."
              + " 'stepbox doctor' tells how to get one");

  static final Announcement BORROWED_PROC =
      new Announcement(
          "borrowed-proc",
          "steps see in /proc the processes of the container around, with their command lines, and"
              + " not their own by the right numbers, because no /proc of their own can be mounted"
              + " here. They cannot look into these, nor signal them. 'stepbox doctor' tells the"
              + " remedy");

  static final Announcement BORROWED_NAME =
      new Announcement(
          "borrowed-host-name",
          "steps see the host name of the container around, because its system call filter lets"
              + " nobody set one. 'stepbox doctor' tells the remedy");

  private Announcements() {}

  /** Of steps whose containers somebody else makes. */
  static Announcement ofRuntime(RuntimeParts runtime) {
    return new Announcement(
        "runtime",
        "the containers of steps are made by '%s', as --runtime asks: its isolation holds, and each"
                .formatted(runtime.program())
            + " step starts slower");
  }

  /** Of a virtual machine of this kind. */
  static Optional<Announcement> ofMachine(long kind) {
    return kind == Wire.MACHINE_EMULATED
        ? Optional.of(
            new Announcement(
                "emulated",
                "the virtual machines of this build are emulated, which makes them several times"
                    + " slower, because KVM does not work for this user: 'stepbox doctor'"
                    + " tells the remedy"))
        : Optional.empty();
  }
}
