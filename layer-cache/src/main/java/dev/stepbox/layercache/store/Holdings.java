package dev.stepbox.layercache.store;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.LayerId;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * What must stay in the store, by the text forms of its ids; sorted.
 *
 * @param caches by key
 * @param writes write layers
 */
public record Holdings(
    Set<String> layers, Set<String> images, Set<String> caches, Set<String> writes) {
  public Holdings {
    layers = new TreeSet<>(layers);
    images = new TreeSet<>(images);
    caches = new TreeSet<>(caches);
    writes = new TreeSet<>(writes);
  }

  public static Holdings nothing() {
    return new Holdings(Set.of(), Set.of(), Set.of(), Set.of());
  }

  public Holdings and(Holdings other) {
    Holdings both = new Holdings(layers, images, caches, writes);
    both.layers.addAll(other.layers);
    both.images.addAll(other.images);
    both.caches.addAll(other.caches);
    both.writes.addAll(other.writes);
    return both;
  }

  public Holdings withLayers(Collection<LayerId> more) {
    Holdings both = and(nothing());
    more.forEach(id -> both.layers.add(id.toString()));
    return both;
  }

  public Holdings withImage(Digest image) {
    return and(new Holdings(Set.of(), Set.of(image.toString()), Set.of(), Set.of()));
  }

  public Holdings withCache(String key) {
    return and(new Holdings(Set.of(), Set.of(), Set.of(key), Set.of()));
  }

  public Holdings withWrite(LayerId.Unique id) {
    return and(new Holdings(Set.of(), Set.of(), Set.of(), Set.of(id.value())));
  }
}
