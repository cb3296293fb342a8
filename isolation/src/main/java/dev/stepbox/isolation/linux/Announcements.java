package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import dev.stepbox.isolation.plan.RuntimeParts;
import java.util.Optional;

/** What an answer of the launcher makes worth saying. */
final class Announcements {
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
