package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.IsolationRequest.Machines;
import dev.stepbox.isolation.MachineSpec;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.SandboxContract;
import dev.stepbox.isolation.Sandboxes;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract in virtual machines: {@code ./check machines} has what it needs, and runs it. */
@ExtendWith(Invariants.class)
class VirtualMachineSandboxIT extends SandboxContract {
  private static final long MEMORY = 256L << 20;

  @RegisterExtension private final TestStore store = new TestStore();

  @BeforeAll
  static void requireMachines() {
    assertThat(Machine.host().machineFinder().missing()).isEmpty();
  }

  @Override
  protected Sandboxes sandboxes() {
    return store.sandboxes();
  }

  @Override
  protected Path store() {
    return store.path();
  }

  @Override
  protected IsolationRequest.Builder request(IsolationRequest.Builder request) {
    return request.machines(Machines.USED);
  }

  @Override
  protected RootSpec rootSpec(BuildSandbox build, String name)
      throws IOException, InterruptedException {
    RootSpec root = store.hostRoot(build, name);
    return new RootSpec(
        root.name(),
        root.root(),
        root.mounts(),
        root.workspace(),
        new MachineSpec(null, MEMORY, NetworkMode.NONE));
  }
}
