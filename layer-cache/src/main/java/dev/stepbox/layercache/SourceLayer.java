package dev.stepbox.layercache;

import java.nio.file.Path;

/** A directory to fill with a source tree, which then becomes a layer of the workspace. */
public interface SourceLayer extends AutoCloseable {

  /** An empty directory, absolute. Everything in it must belong to this process's own user. */
  Path directory();

  /**
   * Makes the directory an immutable layer, held by the lease under which it was made. Nothing may
   * write into the directory any more.
   *
   * @throws LayerCacheException {@code STORE_UNUSABLE}, {@code STORE_FULL}
   */
  LayerId seal() throws InterruptedException;

  /** Removes the directory when it was not sealed. */
  @Override
  void close();
}
