package dev.stepbox.isolation.linux;

import java.util.function.UnaryOperator;

/** The contract with containers that the launcher makes. */
class LinuxSandboxIT extends HostSandboxContract {
  LinuxSandboxIT() {
    super(UnaryOperator.identity());
  }
}
