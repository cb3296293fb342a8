package dev.stepbox.isolation;

/**
 * A mounted root of a stage.
 *
 * @param name the name given in {@link RootSpec}
 */
public record StageRoot(String name) {
  public StageRoot {
    SandboxNames.require("root", name);
  }
}
