package dev.stepbox.engine;

import dev.stepbox.agent.protocol.Isolation;

/** Programs that make the containers of steps when they are asked for by name. */
public enum ContainerRuntime {
  /** Of the containers project. */
  CRUN(Isolation.CRUN),
  /** Of the Open Container Initiative. */
  RUNC(Isolation.RUNC);

  private final Isolation isolation;

  ContainerRuntime(Isolation isolation) {
    this.isolation = isolation;
  }

  /** As a worker is asked for it. */
  public Isolation isolation() {
    return isolation;
  }
}
