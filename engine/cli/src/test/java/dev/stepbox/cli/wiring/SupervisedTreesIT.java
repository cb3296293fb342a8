package dev.stepbox.cli.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Eventually;
import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.IdMappedTreeContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  @Test
  void aKeeperThatWasKilledIsReplaced() throws IOException, InterruptedException {
    Path tree = Files.createDirectory(home.store().resolve("tree"));
    home.keeper().adopt(tree);
    List<ProcessHandle> supervisors =
        ProcessHandle.allProcesses().filter(this::isOfThisHome).toList();
    assertThat(supervisors).isNotEmpty();
    for (ProcessHandle supervisor : supervisors) {
      supervisor.destroyForcibly();
    }
    Eventually.holds(
        "the keeper is dead", () -> ProcessHandle.allProcesses().noneMatch(this::isOfThisHome));
    assertThat(home.keeper().measure(tree).entries()).isZero();
    home.keeper().remove(tree);
    assertThat(tree).doesNotExist();
  }

  private boolean isOfThisHome(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
          .contains("\0" + home.store().getParent() + "/run/");
    } catch (IOException ignored) {
      return false;
    }
  }
}
