package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.worker.workspace.BuildSpace;
import dev.stepbox.agent.worker.workspace.StageSpace;
import dev.stepbox.isolation.BuildSandbox;
import org.jspecify.annotations.Nullable;

/** The sandbox that a stage works with: opened when it is needed, replaced when it is lost. */
final class StageSandbox {
  private final BuildSpace build;
  private final StageSpace space;
  private final Demands demands;
  private @Nullable BuildSandbox current;

  StageSandbox(BuildSpace build, StageSpace space, Demands demands) {
    this.build = build;
    this.space = space;
    this.demands = demands;
  }

  /** Meets the sandbox of an earlier worker; whether there is one. */
  boolean reattach() throws InterruptedException {
    current = build.reattach().orElse(null);
    if (current != null) {
      space.adopt(current);
    }
    return current != null;
  }

  /** The sandbox; one is opened when there is none. */
  BuildSandbox use() throws InterruptedException {
    BuildSandbox open = build.sandbox(demands);
    if (!open.equals(current)) {
      space.forgetMounts();
      current = open;
    }
    return open;
  }

  /** The sandbox, if this stage has used one. */
  @Nullable BuildSandbox current() {
    return current;
  }

  /** It has turned out to be dead, and its mounts are gone with it. */
  void lost() throws InterruptedException {
    if (current != null) {
      build.lost(current);
      current = null;
      space.forgetMounts();
    }
  }
}
