package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.SandboxContract;
import dev.stepbox.isolation.Sandboxes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The contract on this machine, in one kind of sandbox, with the machine's own programs as root.
 */
@ExtendWith(Invariants.class)
abstract class HostSandboxContract extends SandboxContract {
  @RegisterExtension private final TestStore store = new TestStore();
  private final UnaryOperator<IsolationRequest.Builder> kind;

  /**
   * @param kind asks for it
   */
  HostSandboxContract(UnaryOperator<IsolationRequest.Builder> kind) {
    this.kind = kind;
  }

  @Override
  protected final Sandboxes sandboxes() {
    return store.sandboxes();
  }

  @Override
  protected final Path store() {
    return store.path();
  }

  @Override
  protected final IsolationRequest.Builder request(IsolationRequest.Builder request) {
    return kind.apply(request);
  }

  @Override
  protected RootSpec rootSpec(BuildSandbox build, String name)
      throws IOException, InterruptedException {
    return store.hostRoot(build, name);
  }
}
