package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreeEntry.Kind;
import java.nio.file.Path;

/**
 * What a branch has at a path.
 *
 * @param tree the layer that it stands in
 * @param isOpaque for directories: whether nothing from before the branch shows in it
 */
record Change(TreeEntry entry, Path tree, boolean isOpaque) {

  boolean isGone() {
    return entry.kind() == Kind.WHITEOUT;
  }

  boolean isDirectory() {
    return entry.isDirectory();
  }

  /** Whether nothing from before the branch can show below this path. */
  boolean hidesBelow() {
    return isOpaque || !isDirectory();
  }
}
