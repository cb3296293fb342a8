package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.plan.SupervisorPlan.Egress;

/** Content of {@code /etc/resolv.conf} for {@code network: build}. */
final class Resolver {
  private Resolver() {}

  /** Both programs answer name queries at an address inside the build's network. */
  static String of(Egress.Kind kind) {
    return switch (kind) {
      case PASTA -> "nameserver 10.0.2.3\n";
      case SLIRP4NETNS -> "nameserver 10.0.2.3\n";
    };
  }
}
