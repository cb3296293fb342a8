package dev.stepbox.cli.wiring;

import dev.stepbox.agent.protocol.FromWorker;
import dev.stepbox.agent.protocol.InProcessTransport;
import dev.stepbox.agent.protocol.ToWorker;
import dev.stepbox.agent.protocol.Transport;
import dev.stepbox.agent.worker.BuildDirectories.BuildDirectory;
import dev.stepbox.agent.worker.Worker;
import dev.stepbox.agent.worker.WorkerConfig;
import dev.stepbox.engine.Engine;
import dev.stepbox.engine.EngineConfig;
import dev.stepbox.engine.Execution;
import dev.stepbox.engine.RunOptions;
import dev.stepbox.engine.run.LocalEngine;
import dev.stepbox.engine.worker.BuildPlaces;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.isolation.dryrun.DryRunSandboxes;
import dev.stepbox.isolation.host.DoctorReport;
import dev.stepbox.isolation.host.HostMounts;
import dev.stepbox.isolation.host.Repairs;
import dev.stepbox.layercache.ImageSource;
import dev.stepbox.layercache.LayerCache;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of this process, put together when they are first needed: listing builds opens no
 * store, and planning one starts no worker. Closing lets go of everything that was opened, in the
 * reverse order. For use by several threads.
 */
public final class Assembly implements AutoCloseable {

  /** Many steps wait for something else than a processor. */
  private static final int PARALLEL_MIN = 4;

  private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);

  private final Surroundings surroundings;
  private final Execution execution;
  private final List<Worker> workers = new ArrayList<>();
  private final ReentrantLock storeLock = new ReentrantLock();
  private @Nullable Engine engine;
  private @Nullable Sandboxes sandboxes;
  private @Nullable Store store;
  private @Nullable Thread ahead;

  private Assembly(Surroundings surroundings, Execution execution) {
    this.surroundings = surroundings;
    this.execution = execution;
  }

  /** Parts that keep everything in the home of these surroundings. Opens nothing yet. */
  public static Assembly of(Surroundings surroundings, Execution execution) {
    return new Assembly(surroundings, execution);
  }

  /** Says what this machine can isolate. */
  public static DoctorReport examine(Surroundings surroundings) throws InterruptedException {
    return Machine.sandboxes(surroundings).examine(surroundings.home());
  }

  /** What root would have to run for what a report of this machine misses. */
  public static List<String> repairs(Surroundings surroundings, DoctorReport report) {
    return Repairs.asRoot(Machine.host(surroundings), report, Machine.launchers(surroundings));
  }

  /** The engine. */
  public synchronized Engine engine() {
    Engine known = engine;
    if (known == null) {
      known =
          LocalEngine.open(
              new EngineConfig(
                  surroundings.home(),
                  surroundings.clock(),
                  Machine::random,
                  this::connect,
                  new StoreOpener(this::layerCache),
                  Machine.sources(surroundings),
                  parallel(Runtime.getRuntime().availableProcessors()),
                  surroundings.version()));
      engine = known;
    }
    return known;
  }

  private static int parallel(int processors) {
    return Math.clamp(2L * processors, PARALLEL_MIN, RunOptions.PARALLEL_MAX);
  }

  /**
   * Opens what every real build needs beside what the caller does next. What fails here is tried
   * again, and told, by the first who asks for it. A home that was never used is left alone: the
   * pipeline may turn out to be wrong.
   */
  public synchronized void openAhead() {
    if (execution == Execution.REAL && Files.isDirectory(surroundings.home().resolve("store"))) {
      ahead = Thread.ofPlatform().daemon().name("open-ahead").start(this::openStore);
    }
  }

  private void openStore() {
    try {
      opened().reachAhead();
    } catch (RuntimeException | InterruptedException e) {
      LOG.debug("the store cannot be opened ahead; who needs it will tell", e);
    }
  }

  /** The store of images, layers and cache mounts. */
  public LayerCache layerCache() throws InterruptedException {
    return opened().cache();
  }

  private Store opened() throws InterruptedException {
    storeLock.lockInterruptibly();
    try {
      Store known = store;
      if (known == null) {
        known = Store.open(surroundings, execution, sandboxes());
        store = known;
      }
      return known;
    } finally {
      storeLock.unlock();
    }
  }

  /** A worker of its own for each build, in this process. */
  private Transport<ToWorker, FromWorker> connect(BuildPlaces places) throws InterruptedException {
    Path home = surroundings.home();
    if (execution == Execution.REAL) {
      Thoroughfare way = Thoroughfare.of(Machine.ids(surroundings));
      for (Path at = places.run().getParent(); at != null; at = at.getParent()) {
        way.open(at);
        if (at.equals(home)) {
          break;
        }
      }
    }
    InProcessTransport transport = InProcessTransport.create();
    BuildDirectory directory =
        new BuildDirectory(places.run(), places.artifacts(), places.stashes());
    WorkerConfig config =
        new WorkerConfig(
            "local",
            home,
            layerCache(),
            sandboxes(),
            _ -> directory,
            hostImage(),
            surroundings.clock());
    Worker worker = Worker.start(config, transport.workerEnd());
    synchronized (this) {
      workers.add(worker);
    }
    return transport.engineEnd();
  }

  /** What steps on the host's own programs must not see: who uses this machine, and our state. */
  private ImageSource.HostImage hostImage() {
    List<Path> hidden = new ArrayList<>();
    hidden.add(surroundings.home());
    String user = surroundings.environment().getOrDefault("HOME", "");
    if (user.startsWith("/")) {
      hidden.add(Path.of(user).normalize());
    }
    List<Path> shown = ImageSource.HostImage.DIRECTORIES;
    HostMounts mounts = Machine.host(surroundings).mountsBelow(shown);
    hidden.addAll(mounts.unfit());
    return new ImageSource.HostImage(shown, hidden, mounts.points());
  }

  private synchronized Sandboxes sandboxes() {
    Sandboxes known = sandboxes;
    if (known == null) {
      known =
          switch (execution) {
            case REAL -> Machine.sandboxes(surroundings);
            case DRY_RUN -> new DryRunSandboxes(System::nanoTime);
          };
      sandboxes = known;
    }
    return known;
  }

  private void awaitAhead() {
    Thread opening = ahead;
    boolean isInterrupted = false;
    while (opening != null && opening.isAlive()) {
      try {
        opening.join();
      } catch (InterruptedException ignored) {
        // Told again below: what it opens has to be closed.
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    awaitAhead();
    if (engine != null) {
      engine.close();
    }
    List<Worker> ending;
    synchronized (this) {
      ending = List.copyOf(workers);
    }
    ending.forEach(Worker::close);
    if (store != null) {
      store.close();
    }
  }
}
