package dev.stepbox.layercache;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The overlay mounts that make a root file system.
 *
 * @param root the mount at {@code /}
 * @param mounts further mounts inside it, by their absolute path there; only the host image has
 *     some
 */
public record RootPlan(OverlayPlan root, SequencedMap<String, OverlayPlan> mounts) {
  public RootPlan {
    mounts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(mounts));
  }
}
