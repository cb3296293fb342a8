package dev.stepbox.layercache.reclaim;

import dev.stepbox.layercache.Space.Policy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a store holds at one moment.
 *
 * @param partBytes what each part takes: a layer by id, a cache by {@code cache KEY}
 * @param heldParts parts that must stay whatever becomes of the items
 */
record Inventory(List<Item> items, Map<String, Long> partBytes, Set<String> heldParts) {
  Inventory {
    items = List.copyOf(items);
    partBytes = new TreeMap<>(partBytes);
    heldParts = new TreeSet<>(heldParts);
  }

  /**
   * What to remove.
   *
   * @param parts layers and caches that nobody needs any more
   */
  record Choice(List<Item> items, Set<String> parts, long bytes) {
    Choice {
      items = List.copyOf(items);
      parts = new TreeSet<>(parts);
    }
  }

  long bytes() {
    return partBytes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Chooses by a policy: the least recently used first, never what is held. */
  Choice choose(Policy policy, Instant now) {
    Map<String, Integer> needs = new HashMap<>();
    items.forEach(item -> item.parts().forEach(part -> needs.merge(part, 1, Integer::sum)));
    Instant newestAllowed = now.minus(policy.unusedFor());
    List<Item> candidates = new ArrayList<>(items);
    candidates.removeIf(item ->
        item.isHeld()
            || !policy.categories().contains(item.category())
            || item.lastUsed().isAfter(newestAllowed));
    candidates.sort(Comparator.comparing(Item::lastUsed).thenComparing(Item::name));
    List<Item> chosen = new ArrayList<>();
    Set<String> parts = new TreeSet<>();
    long left = bytes();
    long freed = 0;
    for (Item item : candidates) {
      // What takes no space is still there: it goes where nothing is to be kept.
      if (policy.keepBytes() > 0 && left - freed <= policy.keepBytes()) {
        break;
      }
      chosen.add(item);
      for (String part : item.parts()) {
        if (needs.merge(part, -1, Integer::sum) == 0 && !heldParts.contains(part)) {
          parts.add(part);
          freed += partBytes.getOrDefault(part, 0L);
        }
      }
    }
    return new Choice(chosen, parts, freed);
  }
}
