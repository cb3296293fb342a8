package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.RootSpec;
import dev.stepbox.isolation.SandboxContract;
import dev.stepbox.isolation.Sandboxes;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract with containers that crun makes. */
@ExtendWith(Invariants.class)
class CrunSandboxIT extends SandboxContract {
  @RegisterExtension private final TestStore store = new TestStore();

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
    return request.runtime(OciRuntime.CRUN);
  }

  @Override
  protected RootSpec rootSpec(BuildSandbox build, String name)
      throws IOException, InterruptedException {
    return store.hostRoot(build, name);
  }
}
