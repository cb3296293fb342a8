package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.OciRuntime;

/** The contract with containers that runc makes. */
class RuncSandboxIT extends HostSandboxContract {
  RuncSandboxIT() {
    super(request -> request.runtime(OciRuntime.RUNC));
  }
}
