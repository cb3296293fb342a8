package dev.stepbox.agent.protocol;

import java.util.List;

/**
 * What a stage starts from or left behind, by the store's ids. Two stacks: the workspace, and what
 * the stage's steps changed in the root file system of {@code image}. A stage whose image is
 * another one starts its root stack anew and keeps the workspace.
 *
 * @param image the image below {@code rootLayers}
 * @param rootLayers captured layers above the image, lowest first
 * @param workspaceLayers layers of the workspace, lowest first; empty for an empty workspace
 */
public record Snapshot(RootImage image, List<String> rootLayers, List<String> workspaceLayers) {
  public Snapshot {
    rootLayers = List.copyOf(rootLayers);
    workspaceLayers = List.copyOf(workspaceLayers);
  }

  /** The image as it is, and an empty workspace. */
  public static Snapshot of(RootImage image) {
    return new Snapshot(image, List.of(), List.of());
  }
}
