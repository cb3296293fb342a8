package dev.stepbox.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.linux.Invariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The security checks, in the product as it is built. */
@ExtendWith(Invariants.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SecurityIT {
  private final Path repository = repository();
  private Path scratch = Path.of("");
  private SecuritySuite suite =
      new SecuritySuite(repository, new Commands(List.of(), scratch, scratch));

  /** The top of the checkout: the nearest directory above that holds the program. */
  private static Path repository() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("stepbox"))) {
        return at;
      }
    }
    throw new IllegalStateException("no directory above this one holds the program");
  }

  @BeforeEach
  void setUp() throws IOException, InterruptedException {
    scratch = SecuritySuite.scratch();
    List<String> stepbox = List.of(repository.resolve("stepbox").toString());
    Commands commands =
        new Commands(
            stepbox, Files.createDirectory(scratch.resolve("suite")), scratch.resolve("home"));
    suite = new SecuritySuite(repository, commands);
    suite.compile();
  }

  @AfterEach
  void removeEverything() throws IOException, InterruptedException {
    new Commands(
            List.of(repository.resolve("stepbox").toString()), scratch, scratch.resolve("home"))
        .stepbox("cache", "prune", "--all");
    SecuritySuite.remove(scratch);
  }

  @Test
  void everyCheckHoldsOrDeviatesAsThePageSays() throws IOException, InterruptedException {
    List<Row> rows = suite.run(Main.STARTS);
    assertThat(rows).filteredOn(row -> row.verdict() == Verdict.FAILED).isEmpty();
    assertThat(new Page(repository).disagreements(rows)).isEmpty();
  }

  @Test
  void everyAttackGetsThroughWhereThereIsNoSandbox() throws IOException, InterruptedException {
    assertThat(suite.prove(false)).isEmpty();
  }
}
