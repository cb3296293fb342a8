package dev.stepbox.agent.worker;

import dev.stepbox.layercache.Image;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.Leases;
import dev.stepbox.layercache.Snapshot;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Leases that hold nothing: what they stand for is as long as the test. */
final class PlainLeases implements Leases {
  private final AtomicInteger numbers = new AtomicInteger(1);
  private final Map<String, Lease> open = new ConcurrentHashMap<>();
  private final Runnable onRelease;

  /** Calls back when one is released. */
  PlainLeases(Runnable onRelease) {
    this.onRelease = onRelease;
  }

  int count() {
    return open.size();
  }

  @Override
  public Lease begin(String owner, Duration length, ProcessHandle process) {
    var lease = new PlainLease("lease-" + numbers.getAndIncrement(), owner);
    open.put(lease.id(), lease);
    return lease;
  }

  @Override
  public Optional<Lease> find(String id) {
    return Optional.ofNullable(open.get(id));
  }

  @Override
  public List<Held> all() {
    return List.of();
  }

  @Override
  public void pin(String name, Collection<LayerId> kept) {
    throw new UnsupportedOperationException("a worker does not ask for it");
  }

  @Override
  public void unpin(String name) {
    throw new UnsupportedOperationException("a worker does not ask for it");
  }

  @Override
  public List<String> pins() {
    return List.of();
  }

  private final class PlainLease implements Lease {
    private final String id;
    private final String owner;

    PlainLease(String id, String owner) {
      this.id = id;
      this.owner = owner;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public String owner() {
      return owner;
    }

    @Override
    public void hold(LayerId layer) {}

    @Override
    public void hold(Image image) {}

    @Override
    public void hold(Snapshot snapshot) {}

    @Override
    public void renew(Duration length, ProcessHandle process) {}

    @Override
    public void release() {
      open.remove(id());
      onRelease.run();
    }
  }
}
