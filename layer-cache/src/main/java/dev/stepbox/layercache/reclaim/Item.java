package dev.stepbox.layercache.reclaim;

import dev.stepbox.layercache.Space.Category;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Something that can only be removed as a whole.
 *
 * @param name that no other item of its kind has
 * @param names that the user gave it
 * @param parts what it needs, by names of {@link Inventory#partBytes}; several items may need one
 * @param isHeld whether it must stay
 */
record Item(
    Category category,
    Kind kind,
    String name,
    List<String> names,
    Set<String> parts,
    Instant lastUsed,
    boolean isHeld) {
  Item {
    names = List.copyOf(names);
    parts = new TreeSet<>(parts);
  }

  /** How it is removed. */
  enum Kind {
    /** An image: its record and the layers that nothing else needs. */
    IMAGE,
    /** A layer that belongs to no image. */
    LAYER,
    /** A cache mount. */
    CACHE
  }
}
