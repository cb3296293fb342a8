package dev.stepbox.engine.run;

import dev.stepbox.agent.protocol.Source;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.event.BuildEvent.CheckoutDone;
import dev.stepbox.engine.layer.BuildLayers;
import dev.stepbox.engine.scm.SourceOrder;
import dev.stepbox.engine.scm.SourceTrees;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The source trees of one build, each taken once, when it is first asked for. Thread-safe. */
final class SourceShelf {

  private final SourceTrees trees;
  private final BuildLayers layers;
  private final InstantSource clock;
  private final Consumer<Input> out;
  private final Map<String, Source> taken = new HashMap<>();
  private final Map<String, EngineException> failed = new HashMap<>();
  private final Map<String, ReentrantLock> locks = new HashMap<>();

  /**
   * A shelf.
   *
   * @param known trees that an earlier engine took for this build
   * @param out hears of each tree that is taken
   */
  SourceShelf(
      SourceTrees trees,
      BuildLayers layers,
      InstantSource clock,
      Collection<CheckoutDone> known,
      Consumer<Input> out) {
    this.trees = trees;
    this.layers = layers;
    this.clock = clock;
    this.out = out;
    for (CheckoutDone done : known) {
      taken.put(done.source(), new Source(done.layer(), done.commit(), done.branch()));
    }
  }

  /**
   * The tree of an order, after a wait while it is taken.
   *
   * @throws EngineException what taking it failed with, now or earlier
   */
  Source get(SourceOrder order) throws InterruptedException {
    String name = order.describe();
    ReentrantLock lock = lockOf(name);
    lock.lockInterruptibly();
    try {
      Source known = known(name);
      return known != null ? known : take(name, order);
    } finally {
      lock.unlock();
    }
  }

  private synchronized ReentrantLock lockOf(String name) {
    return locks.computeIfAbsent(name, _ -> new ReentrantLock());
  }

  private synchronized @Nullable Source known(String name) {
    EngineException failure = failed.get(name);
    if (failure != null) {
      throw failure;
    }
    return taken.get(name);
  }

  private Source take(String name, SourceOrder order) throws InterruptedException {
    var began = clock.instant();
    try (BuildLayers.SourcePlace place = layers.newSource()) {
      SourceTrees.Taken tree = trees.take(order, place.directory());
      String layer = place.seal();
      Duration elapsed = Duration.between(began, clock.instant());
      var source = new Source(layer, tree.origin().commit(), tree.origin().branch());
      out.accept(new Input.SourceTaken(name, tree, layer, elapsed));
      synchronized (this) {
        taken.put(name, source);
      }
      return source;
    } catch (EngineException e) {
      synchronized (this) {
        failed.put(name, e);
      }
      throw e;
    }
  }
}
