package dev.stepbox.layercache;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What must not be reclaimed: leases of running builds and pins of kept ones. */
public interface Leases {

  /**
   * Begins a lease.
   *
   * @param owner for example {@code build 17}; one line of at most 255 characters
   * @param length after which it ends unless renewed, not while {@code process} lives
   * @param process whose life keeps it, for example the supervisor of the build
   */
  Lease begin(String owner, Duration length, ProcessHandle process);

  /** The lease with this id, after a restart of this process. */
  Optional<Lease> find(String id);

  /** All leases of all processes. */
  List<Held> all();

  /**
   * Keeps layers until {@link #unpin}. A pin of the same name is replaced. A power cut may lose it.
   *
   * @param name who keeps them; one line of at most 255 characters
   * @throws LayerCacheException {@code LAYER_UNKNOWN}
   */
  void pin(String name, Collection<LayerId> kept);

  /** Lets go of a pin. Does nothing when there is none. */
  void unpin(String name);

  /** Names of all pins, sorted. */
  List<String> pins();

  /**
   * A lease as it stands in the store.
   *
   * @param isAlive false when its time is over and its process is gone
   */
  record Held(String id, String owner, Instant expires, boolean isAlive) {}
}
