package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.Announcement;
import java.util.Optional;

/** What an answer of the launcher makes worth saying. */
final class Announcements {
  private Announcements() {}

  /** Of a virtual machine of this kind. */
  static Optional<Announcement> ofMachine(long kind) {
    return kind == Wire.MACHINE_EMULATED
        ? Optional.of(
            new Announcement(
                "emulated",
                "the virtual machines of this build are emulated, which makes them several times"
                    + " slower, because /dev/kvm does not work for this user: 'stepbox doctor'"
                    + " tells the remedy"))
        : Optional.empty();
  }
}
