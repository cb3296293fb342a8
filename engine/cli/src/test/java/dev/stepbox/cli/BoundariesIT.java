package dev.stepbox.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import dev.stepbox.cli.Stepbox.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a build shares neither with another one nor with the user's own files. */
class BoundariesIT {

  @RegisterExtension private final Stepbox stepbox = new Stepbox();

  private static final String WANTED = "unix:mode,uid,gid,ino,nlink,lastModifiedTime,ctime";

  /** Places that a step can write to, and where another build could be seen. */
  private static final String MARK =
      "for d in . /tmp /var/tmp /usr /etc /var /opt /root /dev/shm /run; do"
          + " echo x > $d/%1$s 2>/dev/null || true; done; ";

  private static final String LOOK =
      "find / -path /proc -prune -o -name '%1$s' -print 2>/dev/null | wc -l;"
          + " cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -c '^%1$s-process$' || true; ";

  private void build(String script) throws IOException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Build
            steps:
              - sh: |
        %s
        """
            .formatted(script.indent(10)));
  }

  @Test
  void aBuildSeesNothingOfAnotherThatRunsAtTheSameTimeAsTheSameUser() throws Exception {
    String first = "of-the-first-build";
    String second = "of-the-second-build";
    build(
        MARK.formatted(first)
            + "sh -c 'while :; do sleep 1; done' %s-process & ".formatted(first)
            + "echo marked; wait");
    Running other = stepbox.start("run");
    other.awaitText("marked");

    build(
        MARK.formatted(second)
            + "sh -c 'while :; do sleep 1; done' %s-process & ".formatted(second)
            + LOOK.formatted(second)
            + "echo and; "
            + LOOK.formatted(first));
    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    List<String> seen = stepbox.call("logs", "2/Build/1").out().lines().map(String::strip).toList();
    assertThat(seen).hasSize(5);
    assertThat(Integer.parseInt(seen.get(0))).as("its own files").isGreaterThan(5);
    assertThat(seen.get(1)).as("its own process").isEqualTo("1");
    assertThat(seen.subList(3, 5)).as("files and processes of the other").containsOnly("0");
    assertThat(stepbox.call("cancel", "1").exitCode()).isZero();
    assertThat(other.await().exitCode()).isEqualTo(130);
  }

  @Test
  void theUsersWorkingTreeIsAfterABuildAsItWasBefore() throws Exception {
    Path tree = stepbox.directory();
    Files.createDirectories(tree.resolve("src/deep"));
    Files.createDirectory(tree.resolve("empty"));
    Files.writeString(tree.resolve("src/deep/file"), "content\n");
    Files.writeString(tree.resolve("ignored"), "kept out\n");
    Files.writeString(tree.resolve(".gitignore"), "ignored\n");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("src/deep/file"));
    build("make-nothing");
    for (List<String> words :
        List.of(
            List.of("init", "--quiet"),
            List.of("add", "--all"),
            List.of("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "-m", "x"))) {
      git(words);
    }
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Build
            steps:
              - checkout: scm
              - sh: |
                  test -f src/deep/file
                  chmod -R u+rwx . && chmod 0 src/deep
                  echo changed > link || true
                  find . -mindepth 1 -delete || true
                  mkdir -p src .git && echo new > src/new
                  echo new > .git/config && echo new > ignored
              - stash: {name: some, includes: ["**"]}
              - archive: "**"
            post:
              always:
                - sh: rm -rf -- *
        """);
    SortedMap<String, String> before = state(tree);
    Result run = stepbox.call("run");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(state(tree)).isEqualTo(before);
    assertThat(before).hasSizeGreaterThan(20);
  }

  private void git(List<String> words) throws IOException, InterruptedException {
    List<String> command = Stream.concat(Stream.of("git"), words.stream()).toList();
    ProcessBuilder git = new ProcessBuilder(command).directory(stepbox.directory().toFile());
    git.environment().putAll(Map.of("GIT_CONFIG_NOSYSTEM", "1", "GIT_CONFIG_GLOBAL", "/dev/null"));
    assertThat(git.inheritIO().start().waitFor()).isZero();
  }

  /** Each file below a directory: kind, owner, mode, times of the last change, content. */
  private static SortedMap<String, String> state(Path tree) throws IOException {
    SortedMap<String, String> state = new TreeMap<>();
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path each : all.toList()) {
        String content =
            Files.isSymbolicLink(each)
                ? Files.readSymbolicLink(each).toString()
                : Files.isRegularFile(each) ? Files.readString(each, ISO_8859_1) : "";
        state.put(
            tree.relativize(each).toString(),
            Files.readAttributes(each, WANTED, LinkOption.NOFOLLOW_LINKS)
                + " "
                + content.hashCode()
                + " "
                + content.length());
      }
    }
    return state;
  }

  @Test
  void aLogThatNobodyReadsAnyMoreIsFollowedNoMore() throws Exception {
    build("while :; do echo line; sleep 0.1; done");
    Running run = stepbox.start("run");
    run.awaitText("line");
    stepbox.startedBy("sh", "-c", "\"$@\" | head -n 1", "sh");
    assertThat(stepbox.call("logs", "1", "--follow").out()).isEqualTo("line\n");
    stepbox.startedBy();
    assertThat(stepbox.call("cancel", "1").exitCode()).isZero();
    assertThat(run.await().exitCode()).isEqualTo(130);
  }
}
