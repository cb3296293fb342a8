package dev.stepbox.layercache.ownid;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.IdMappedTreeContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The implementation for a single id keeps the contract. */
class OwnIdTreeTest extends IdMappedTreeContract {
  @TempDir private Path directory;

  @Override
  protected IdMappedTree port() {
    return new OwnIdTree();
  }

  @Override
  protected Path storeDirectory() {
    return directory;
  }
}
