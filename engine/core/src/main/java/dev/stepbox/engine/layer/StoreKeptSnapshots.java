package dev.stepbox.engine.layer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.agent.protocol.Snapshot;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.layercache.LayerCache;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Lease;
import dev.stepbox.layercache.TreePath;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;

/** What builds left in the store, kept by one pin for each pipeline directory. */
public final class StoreKeptSnapshots implements KeptSnapshots {

  private static final Duration LEASE = Duration.ofHours(1);

  private final LayerCache store;

  public StoreKeptSnapshots(LayerCache store) {
    this.store = store;
  }

  /** The name of a pin; one line of bounded length, whatever the directory is called. */
  static String pin(Path pipeline) {
    return "last build of " + UUID.nameUUIDFromBytes(pipeline.toString().getBytes(UTF_8));
  }

  @Override
  public OptionalInt export(Snapshot snapshot, String path, Path target)
      throws InterruptedException {
    TreePath wanted = path(path);
    List<LayerId> layers = snapshot.workspaceLayers().stream().map(LayerId::parse).toList();
    try {
      Lease lease = store.leases().begin("copy", LEASE, ProcessHandle.current());
      try {
        layers.forEach(lease::hold);
        return store.export(layers, wanted, target);
      } finally {
        lease.release();
      }
    } catch (LayerCacheException e) {
      if (e.code() == Code.LAYER_UNKNOWN) {
        throw new EngineException(
            ErrorCode.UNKNOWN_ARTIFACT,
            "cannot copy from the workspace: the store has removed it to make room. It is kept for"
                + " the last build of a pipeline only. Run the build again, or keep files for good"
                + " with an 'archive' step.",
            e);
      }
      if (e.code() == Code.DESTINATION_UNUSABLE && e.getCause() instanceof IOException cause) {
        throw DiskFailures.ofDestination(target, cause);
      }
      throw StoreLayers.failure("copy from a workspace", e);
    }
  }

  private static TreePath path(String path) {
    String plain = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    try {
      return TreePath.of(plain);
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          ErrorCode.UNKNOWN_ARTIFACT,
          "cannot copy '%s': a path within the workspace is wanted, without '..' and a leading '/'."
                  .formatted(path)
              + " Leave it empty for everything.",
          e);
    }
  }

  @Override
  public void forget(Path pipeline) {
    try {
      store.leases().unpin(pin(pipeline));
    } catch (LayerCacheException e) {
      throw StoreLayers.failure("let go of what a build left behind", e);
    }
  }
}
