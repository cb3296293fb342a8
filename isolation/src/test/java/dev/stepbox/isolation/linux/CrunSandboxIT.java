package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.OciRuntime;

/** The contract with containers that crun makes. */
class CrunSandboxIT extends HostSandboxContract {
  CrunSandboxIT() {
    super(request -> request.runtime(OciRuntime.CRUN));
  }
}
