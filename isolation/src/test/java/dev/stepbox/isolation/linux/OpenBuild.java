package dev.stepbox.isolation.linux;

import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.RunningSandbox;
import dev.stepbox.isolation.SandboxExit;
import dev.stepbox.isolation.SandboxSpec;
import dev.stepbox.isolation.StageRoot;
import java.io.IOException;
import java.nio.file.Files;

/** A build with one root, for tests that need no more. */
record OpenBuild(BuildSandbox sandbox, StageRoot root) implements AutoCloseable {

  RunningSandbox start(SandboxSpec.Builder step) throws InterruptedException {
    return sandbox.start(root, step.build());
  }

  SandboxExit run(SandboxSpec.Builder step) throws InterruptedException {
    return start(step).await();
  }

  /** What a step prints that is to succeed. */
  String output(SandboxSpec.Builder step) throws InterruptedException, IOException {
    RunningSandbox running = start(step);
    SandboxExit exit = running.await();
    String output = Files.readString(running.output());
    if (!(exit instanceof SandboxExit.Exited exited) || exited.code() != 0) {
      throw new AssertionError("step ended with %s and printed: %s".formatted(exit, output));
    }
    return output;
  }

  @Override
  public void close() {
    sandbox.close();
  }
}
