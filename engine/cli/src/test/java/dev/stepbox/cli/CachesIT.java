package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What builds find in their caches. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class CachesIT {
  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  private static final String FILLS_ITS_CACHES =
      """
      stepbox: 1
      stages:
        - stage: Cache
          steps:
            - sh: |
                cat ~/.m2/who modules/who /var/shared/who || true
                for cache in ~/.m2 modules /var/shared; do echo PROJECT > $cache/who; done
              cache: [~/.m2, modules, /var/shared]
      """;

  private Result run(String project) throws IOException, InterruptedException {
    Path directory = Files.createDirectories(stepbox.directory().resolve(project));
    Files.writeString(
        directory.resolve("stepbox.yaml"), FILLS_ITS_CACHES.replace("PROJECT", project));
    Result run = stepbox.call("run", project);
    assertThat(run.exitCode()).as(run.toString()).isZero();
    return run;
  }

  @Test
  void noProjectFindsWhatAnotherPutIntoACacheOfTheSameName()
      throws IOException, InterruptedException {
    run("hostile");
    assertThat(run("shop").out()).doesNotContain("▸ hostile").contains("No such file");
    assertThat(run("shop").out()).contains("Cache ▸ shop\n").doesNotContain("No such file");
  }
}
