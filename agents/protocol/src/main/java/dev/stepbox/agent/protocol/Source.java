package dev.stepbox.agent.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A source tree, as a layer of the store, and what is known of its origin.
 *
 * @param layer the workspace layer that holds the tree
 * @param commit the full commit id; null for a tree that is no commit
 * @param branch the branch's short name; null when unknown
 */
public record Source(String layer, @Nullable String commit, @Nullable String branch) {
  public Source {
    Names.requireText("source layer", layer);
  }
}
