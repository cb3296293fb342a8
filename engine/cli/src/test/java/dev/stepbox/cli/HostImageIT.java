package dev.stepbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.Stepbox.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Steps on the host's own programs, where what they see cannot be an overlay as a whole. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HostImageIT {
  /** The home lies below what {@code image: host} shows. */
  @RegisterExtension private final Stepbox stepbox = new Stepbox(Path.of("/var/tmp"));

  @Test
  void theHomeMayLieBelowADirectoryThatIsShown() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Write
            steps:
              - sh: head -n 1 /var/lib/dpkg/status
              - sh: test ! -e %1$s; test ! -e %2$s; test -z "$(ls -A /var/tmp)"
              - sh: echo one > /var/lib/stepbox-it; mkdir /var/own; echo two > /var/own/file
              - sh: rm /etc/passwd; echo three > /etc/stepbox-it
          - stage: Read
            steps:
              - sh: cat /var/lib/stepbox-it /var/own/file /etc/stepbox-it; test ! -e /etc/passwd
        """
            .formatted(stepbox.home(), stepbox.folder()));

    Result run = stepbox.call("run");

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Read ▸ one", "Read ▸ two", "Read ▸ three");
    assertThat(Path.of("/var/lib/stepbox-it")).doesNotExist();
  }

  @Test
  void aMountBelowADirectoryHidesWhatMustBeHidden() throws IOException, InterruptedException {
    stepbox.pipeline(
        """
        stepbox: 1
        stages:
          - stage: Write
            steps:
              - sh: cat /var/lib/misc/shown; head -n 1 /var/lib/dpkg/status
              - sh: test ! -e /var/lib/misc/user; test ! -e /var/lib/misc/secret
              - sh: |
                  cd /var/lib/misc/deep/a/b/c; id -u; cat open; stat -c '%u %a' secret
                  ! cat secret; ! cat closed/file; ! chmod 644 secret; ! chown 0 secret
              - sh: echo one > /var/lib/misc/own; echo two > /var/lib/stepbox-it
              - sh: echo three > /var/lib/dpkg/stepbox-it; rm /var/lib/misc/shown
          - stage: Read
            steps:
              - sh: cat /var/lib/misc/own /var/lib/stepbox-it /var/lib/dpkg/stepbox-it
              - sh: test ! -e /var/lib/misc/shown
        """);
    String mount =
        """
        set -e
        mount -t tmpfs none /var/lib/misc
        cd /var/lib/misc
        echo seen > shown
        echo unseen > secret
        chmod 600 secret
        mkdir -p user/.ssh deep/a/b/c/closed
        echo unseen > deep/a/b/c/secret
        echo unseen > deep/a/b/c/closed/file
        chmod 600 deep/a/b/c/secret
        chmod 700 deep/a/b/c/closed
        echo deep > deep/a/b/c/open
        echo unseen > user/.ssh/id
        cd "$OLDPWD"
        exec "$@"
        """;

    stepbox.startedBy(
        "unshare", "--user", "--map-root-user", "--map-auto", "--mount", "sh", "-c", mount, "sh");

    Result run =
        stepbox
            .start(Map.of("HOME", "/var/lib/misc/user"), "run", "--allow-unenforced-caps")
            .await();

    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.out())
        .contains("Write ▸ seen", "Read ▸ one", "Read ▸ two", "Read ▸ three")
        .containsSubsequence("Write ▸ 0", "Write ▸ deep", "Write ▸ 65534 600")
        .doesNotContain("unseen");
  }
}
