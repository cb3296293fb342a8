package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.agent.protocol.AgentException;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.agent.protocol.ChrootPolicy;
import dev.stepbox.agent.protocol.Demands;
import dev.stepbox.agent.protocol.Isolation;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.worker.BuildDirectories.BuildDirectory;
import dev.stepbox.agent.worker.WorkerConfig;
import dev.stepbox.isolation.BuildSandbox;
import dev.stepbox.isolation.Cap;
import dev.stepbox.isolation.IsolationRequest;
import dev.stepbox.isolation.IsolationRequest.Chroots;
import dev.stepbox.isolation.IsolationRequest.HostImage;
import dev.stepbox.isolation.IsolationRequest.Machines;
import dev.stepbox.isolation.IsolationRequest.UnenforcedCaps;
import dev.stepbox.isolation.NetworkMode;
import dev.stepbox.isolation.OciRuntime;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.Sandboxes;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.WriteLayer;
import dev.stepbox.layercache.WriteLayer.Purpose;
import dev.stepbox.layercache.ownid.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker holds for one build: its sandbox, opened when the first step wants it, and the
 * lease on what it has in the store. Safe for use by several threads.
 */
public final class BuildSpace {
  /** How long the store keeps what a build holds, after a worker that did not come back. */
  static final Duration LEASE = Duration.ofDays(2);

  private static final Logger LOG = LoggerFactory.getLogger(BuildSpace.class);
  private static final String LEASE_FILE = "lease";

  private final WorkerConfig config;
  private final String build;
  private final BuildDirectory directory;

  /** Held while a sandbox is opened, met or ended, which may take seconds. */
  private final ReentrantLock lock = new ReentrantLock();

  /** Held while the lease is begun; taken inside the other one or alone. */
  private final ReentrantLock leaseLock = new ReentrantLock();

  private final AtomicReference<@Nullable BuildSandbox> sandbox = new AtomicReference<>();
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private final Images images;

  /** Made ahead of time; what is left of them ends with the lease. */
  private final Map<Purpose, CompletableFuture<WriteLayer>> spares = new ConcurrentHashMap<>();

  private @Nullable Lease lease;
  private volatile boolean mayBeLeft;
  private volatile boolean isReleased;

  public BuildSpace(WorkerConfig config, String build) {
    this.config = config;
    this.build = build;
    this.directory = config.directories().of(build);
    this.images = new Images(config, this::lease);
    this.mayBeLeft = Files.isDirectory(directory.run());
  }

  public BuildDirectory directory() {
    return directory;
  }

  /** Opens sandboxes, and knows what those that are gone have left on disk. */
  public Sandboxes sandboxes() {
    return config.sandboxes();
  }

  WorkerConfig config() {
    return config;
  }

  /**
   * The sandbox of the build: the one that an earlier worker has left, else a new one.
   *
   * @param demands of the build
   */
  public BuildSandbox sandbox(Demands demands) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      BuildSandbox open = sandbox.get();
      if (open == null) {
        open = left();
      }
      if (open == null) {
        requireHeld();
        makeRunDirectory();
        open = config.sandboxes().open(request(demands));
      }
      sandbox.set(open);
      return open;
    } finally {
      lock.unlock();
    }
  }

  /** Opens the sandbox before the first stage asks for it. */
  public void prepareSandbox(Demands demands) throws InterruptedException {
    try {
      BuildSandbox ignored = sandbox(demands);
    } catch (SandboxException | AgentException e) {
      LOG.debug("build {} cannot be prepared; its first step will tell", build, e);
    }
  }

  /** Makes the write layers that the first stage will ask for. */
  public void prepareLayers(Demands demands) throws InterruptedException {
    try {
      makeSpare(new Purpose.Workspace());
      if (demands.hostImage() == Demands.HostImage.USED) {
        makeSpare(new Purpose.Root(images.of(RootImage.host()).id()));
      }
    } catch (SandboxException | LayerCacheException | AgentException e) {
      LOG.debug("build {} has no layers ahead; its first step will tell", build, e);
    }
  }

  private void makeSpare(Purpose purpose) throws InterruptedException {
    CompletableFuture<WriteLayer> spare = new CompletableFuture<>();
    spares.put(purpose, spare);
    try {
      spare.complete(config.cache().newWriteLayer(lease(), purpose));
    } finally {
      boolean ignored = spare.cancel(false); // nothing, when it is there
    }
  }

  /** A write layer with the life of the build: one that is being made already, if there is one. */
  WriteLayer newWriteLayer(Purpose purpose) throws InterruptedException {
    CompletableFuture<WriteLayer> spare = spares.remove(purpose);
    if (spare != null) {
      try {
        return spare.get();
      } catch (CancellationException | ExecutionException e) {
        LOG.debug("build {} makes the layer of its first step again", build, e);
      }
    }
    return config.cache().newWriteLayer(lease(), purpose);
  }

  Images images() {
    return images;
  }

  /** Meets the sandbox that an earlier worker has left; empty when it is gone. */
  public Optional<BuildSandbox> reattach() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      BuildSandbox open = sandbox.get();
      if (open == null) {
        open = left();
        sandbox.set(open);
      }
      return Optional.ofNullable(open);
    } finally {
      lock.unlock();
    }
  }

  /** What an earlier worker has left is looked for once; what is left of a dead one is removed. */
  private @Nullable BuildSandbox left() throws InterruptedException {
    if (!mayBeLeft) {
      return null;
    }
    mayBeLeft = false;
    BuildSandbox found = config.sandboxes().reattach(directory.run()).orElse(null);
    if (found == null) {
      config.sandboxes().sweep(directory.run());
    }
    return found;
  }

  /** The sandbox has turned out to be dead: the next one who wants it gets a new one. */
  public void lost(BuildSandbox dead) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (sandbox.compareAndSet(dead, null)) {
        dead.close();
        config.sandboxes().sweep(directory.run());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether something is to be told for the first time in this build. */
  public boolean isNews(String text) {
    return told.add(text);
  }

  /** The file systems of an attempt, as an earlier worker left them if one did. */
  public StageSpace stage(Assignment assignment) throws InterruptedException {
    makeRunDirectory();
    return StageSpace.open(this, assignment);
  }

  Path stageRecord(AttemptId attempt) {
    return directory.run().resolve(SpaceNames.stem(attempt) + ".stage");
  }

  Lease lease() throws InterruptedException {
    leaseLock.lockInterruptibly();
    try {
      Lease held = lease;
      if (held == null) {
        requireHeld();
        makeRunDirectory();
        held = foundOrNewLease(directory.run().resolve(LEASE_FILE));
        lease = held;
      }
      return held;
    } catch (IOException e) {
      throw unusable("note the lease of the store", e);
    } finally {
      leaseLock.unlock();
    }
  }

  private Lease foundOrNewLease(Path file) throws IOException {
    var leases = config.cache().leases();
    if (Files.exists(file)) {
      Optional<Lease> found = leases.find(Files.readString(file));
      if (found.isPresent()) {
        found.get().renew(LEASE, ProcessHandle.current());
        return found.get();
      }
    }
    Lease begun = leases.begin("worker of build " + build, LEASE, ProcessHandle.current());
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    Files.writeString(temporary, begun.id());
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return begun;
  }

  /** Lets go of a sandbox that goes on; a later worker meets it again. Waits for nothing. */
  public void detach() {
    BuildSandbox open = sandbox.getAndSet(null);
    if (open != null) {
      mayBeLeft = true;
      open.detach();
    }
  }

  /**
   * Ends the sandbox and everything in it, and lets go of the store. Nothing of the build runs any
   * more. Safe when the build never began.
   *
   * @throws SandboxException when something of the build cannot be ended; then its directory and
   *     its lease stay, and releasing can be tried again
   */
  public void release() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      BuildSandbox open = sandbox.getAndSet(null);
      mayBeLeft = true;
      if (open != null) {
        open.close();
      }
      // Also what this worker has let go of, and what an earlier one has left.
      config.sandboxes().sweep(directory.run());
      mayBeLeft = false;
      releaseLease();
      TreeRemoval.of(directory.run());
    } catch (IOException e) {
      throw unusable("remove", e);
    } finally {
      lock.unlock();
    }
  }

  private void releaseLease() throws InterruptedException {
    leaseLock.lockInterruptibly();
    try {
      if (lease != null || Files.exists(directory.run().resolve(LEASE_FILE))) {
        lease().release();
        lease = null;
      }
      isReleased = true;
    } finally {
      leaseLock.unlock();
    }
  }

  private void requireHeld() {
    if (isReleased) {
      throw new AgentException(
          AgentErrorCode.MESSAGE_OUT_OF_PLACE,
          "cannot do anything more for build %s: it was released".formatted(build));
    }
  }

  private IsolationRequest request(Demands demands) {
    return IsolationRequest.in(directory.run(), config.home())
        .hostImage(
            switch (demands.hostImage()) {
              case USED -> HostImage.SHOWN;
              case UNUSED -> HostImage.HIDDEN;
            })
        .networks(
            demands.networks().stream()
                .map(mode -> NetworkMode.valueOf(mode.name()))
                .collect(Collectors.toSet()))
        .caps(caps(demands))
        .unenforcedCaps(
            demands.capsPolicy() == CapsPolicy.REQUIRE
                ? UnenforcedCaps.REFUSE
                : UnenforcedCaps.ANNOUNCE)
        .chroots(demands.chroots() == ChrootPolicy.REFUSE ? Chroots.REFUSE : Chroots.ALLOW)
        .machines(demands.isolations().contains(Isolation.VM) ? Machines.USED : Machines.UNUSED)
        .runtime(runtime(demands))
        .build();
  }

  /** All stages of a build go through the same one, as the engine sees to. */
  private static @Nullable OciRuntime runtime(Demands demands) {
    if (demands.isolations().contains(Isolation.CRUN)) {
      return OciRuntime.CRUN;
    }
    return demands.isolations().contains(Isolation.RUNC) ? OciRuntime.RUNC : null;
  }

  private static Set<Cap> caps(Demands demands) {
    return demands.caps().stream().map(cap -> Cap.valueOf(cap.name())).collect(Collectors.toSet());
  }

  /** Raw output may hold secrets, so nobody else may look into the directory. */
  private void makeRunDirectory() {
    try {
      if (!Files.isDirectory(directory.run())) {
        Files.createDirectories(
            directory.run(),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw unusable("make", e);
    }
  }

  private AgentException unusable(String what, IOException cause) {
    return new AgentException(
        AgentErrorCode.WORKSPACE_UNUSABLE,
        "cannot %s '%s', the directory of build %s's running steps: %s. Give this user write"
                .formatted(what, directory.run(), build, cause.getMessage())
            + " access to STEPBOX_HOME, and space there.",
        cause);
  }
}
