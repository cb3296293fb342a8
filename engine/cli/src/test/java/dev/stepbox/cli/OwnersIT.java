package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whose files are, inside of a build and outside. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class OwnersIT {
  private static final String WRITES =
      """
      stepbox: 1
      stages:
        - stage: Write
          steps:
            - checkout: scm
            - sh: stat -c '%n %u:%g %a' . given sub sub/program
            - sh: |
                umask 077; mkdir out; echo own > out/root; echo other > out/other
                chown -R 1000:1000 out/other; ln -s root out/link; chmod 0500 out
            - archive: out/**
            - stash: {name: results, includes: [out/**]}
        - stage: Read
          steps:
            - sh: rm -r out
            - unstash: results
            - sh: stat -c '%n %u:%g' out out/root out/other out/link; cat out/*
            - sh: id -u; echo x > ~/cache/file; stat -c 'cache %u:%g' ~/cache ~/cache/file
              cache: ["~/cache"]
      """;

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  @Test
  void everythingIsTheStepsRootsInsideAndTheUsersOutside()
      throws IOException, InterruptedException {
    Files.writeString(stepbox.directory().resolve("given"), "x");
    Path program = Files.createDirectory(stepbox.directory().resolve("sub")).resolve("program");
    Files.writeString(program, "x");
    Files.setAttribute(program, "unix:mode", 0750);
    stepbox.pipeline(WRITES);

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .containsSubsequence("▸ . 0:0 755", "▸ given 0:0 6", "▸ sub 0:0 7", "▸ sub/program 0:0 750")
        .containsSubsequence(
            "▸ out 0:0", "▸ out/root 0:0", "▸ out/other 0:0", "▸ out/link 0:0", "▸ other", "▸ own")
        .contains("▸ cache 0:0");
    assertThat(stepbox.call("cp", "1/Write:out", "copied").exitCode()).isZero();
    for (Path taken :
        List.of(stepbox.home().resolve("builds"), stepbox.directory().resolve("copied"))) {
      assertThat(foreign(taken)).isEmpty();
    }
    assertThat(stepbox.directory().resolve("copied/root")).hasContent("own");
    assertThat(stepbox.directory().resolve("copied/other")).hasContent("other");
    assertThat(stepbox.home().resolve("builds/1/artifacts/out/other")).hasContent("other");
  }

  /** What is not the user's own. */
  private static List<String> foreign(Path tree) throws IOException {
    Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    List<String> foreign = new ArrayList<>();
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path file : all.toList()) {
        Map<String, Object> status =
            Files.readAttributes(file, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        if (!self.equals(status.get("uid"))) {
          foreign.add(file + " " + status);
        }
      }
    }
    return foreign;
  }

  /** As in an image of a language, which has an account for builds. */
  @Test
  void theWorkspaceIsOpenToTheUserOfAnImageThatIsNotRoot() throws Exception {
    Path root =
        TinyRoot.of(stepbox.folder().resolve("root"), "/bin/sh", "/usr/bin/id", "/usr/bin/mkdir");
    Path archive = TinyRoot.archive(root, "1000:1001");
    Result load = stepbox.call("image", "import", "tiny", "docker-archive:" + archive);
    assertThat(load.exitCode()).as(load.toString()).isZero();
    Files.writeString(stepbox.directory().resolve("given"), "x");
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Empty
            needs: []
            agent: {image: tiny}
            steps:
              - sh: echo x > own; mkdir target; echo x > target/own
          - stage: Source
            needs: []
            agent: {image: tiny}
            steps:
              - checkout: scm
              - sh: id -u; echo x > own; mkdir target; echo x > target/own
              - sh: stat -c '%n %u:%g' . given own target/own
                image: host
          - stage: Root
            needs: [Source]
            steps:
              - sh: stat -c '%n %u:%g' . given own; echo y > own
        """);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .containsSubsequence(
            "Source ▸ 1000",
            "Source ▸ . 1000:1001",
            "Source ▸ given 0:0",
            "Source ▸ own 1000:1001",
            "Source ▸ target/own 1000:1001",
            "Root ▸ . 0:0",
            "Root ▸ given 0:0",
            "Root ▸ own 1000:1001");
  }

  @Test
  void whatPruningLeavesTheUserCanRemove() throws IOException, InterruptedException {
    stepbox.pipeline(WRITES);
    Files.createDirectory(stepbox.directory().resolve("sub"));
    Files.writeString(stepbox.directory().resolve("sub/program"), "x");
    Files.writeString(stepbox.directory().resolve("given"), "x");
    assertThat(stepbox.call("run").exitCode()).isZero();
    assertThat(stepbox.call("cache", "prune", "--all").exitCode()).isZero();

    Process removal = new ProcessBuilder("rm", "-r", stepbox.home().toString()).inheritIO().start();

    assertThat(removal.waitFor()).isZero();
    assertThat(stepbox.home()).doesNotExist();
  }
}
