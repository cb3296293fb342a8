package dev.stepbox.cli.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.IdMappedTreeContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The layer store's port, kept by a real supervisor. */
class SupervisedTreesIT extends IdMappedTreeContract {
  @RegisterExtension private final KeeperHome home = new KeeperHome();

  @Override
  protected IdMappedTree port() {
    return home.keeper();
  }

  @Override
  protected Path storeDirectory() {
    return home.store();
  }

  @Test
  void severalProcessesOfOneHomeHaveKeepersOfTheirOwn() throws IOException, InterruptedException {
    try (TreeKeeper other = home.newKeeper()) {
      Path tree = Files.createDirectory(home.store().resolve("tree"));
      home.keeper().adopt(tree);
      other.remove(tree);
      assertThat(tree).doesNotExist();
    }
  }
}
