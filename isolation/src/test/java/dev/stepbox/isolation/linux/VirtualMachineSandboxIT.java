package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest.Machines;
import dev.stepbox.isolation.MachineSpec;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.RootSpec;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;

/** The contract in virtual machines: {@code ./check machines} has what it needs, and runs it. */
class VirtualMachineSandboxIT extends HostSandboxContract {
  private static final long MEMORY = 256L << 20;

  VirtualMachineSandboxIT() {
    super(request -> request.machines(Machines.USED));
  }

  @BeforeAll
  static void requireMachines() {
    assertThat(Machine.host().machineFinder().missing()).isEmpty();
  }

  @Override
  protected RootSpec rootSpec(BuildSandbox build, String name)
      throws IOException, InterruptedException {
    RootSpec root = super.rootSpec(build, name);
    return new RootSpec(
        root.name(),
        root.root(),
        root.mounts(),
        root.workspace(),
        new MachineSpec(null, MEMORY, NetworkMode.NONE));
  }
}
