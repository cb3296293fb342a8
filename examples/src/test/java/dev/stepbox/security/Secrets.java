package dev.stepbox.security;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Looks for a secret everywhere it must not be. */
final class Secrets {
  private static final String VALUE = "swordfish-0815-correct-horse";
  private static final String NOTE =
      "a secret is a variable of every step of its build and not a file: programs expect it there."
          + " It is never on disk, and masked in what is shown. A program that prints its variables"
          + " into a file of the workspace has put it there itself.";

  private final Commands commands;

  Secrets(Commands commands) {
    this.commands = commands;
  }

  Row row() throws IOException, InterruptedException {
    return new Row(
        59,
        "find a secret in output, events, errors, journal, store, command lines, or as another id",
        "a file in memory for its owner only; masked; nowhere on disk",
        sight(),
        Sight.NONE,
        "none: it is the host that looks",
        NOTE);
  }

  private Sight sight() throws IOException, InterruptedException {
    String pipeline =
        """
        stepbox: 1
        stages:
          - stage: told
            agent: {image: "oci:image-root"}
            steps:
              - sh: set -x; echo "$TOKEN"; printf %s "$TOKEN" | base64; env; cat /proc/self/environ
              - sh: printf '%.5s' "$TOKEN"; printf '%s\\n' "${TOKEN#?????}"
              - sh: tr '\\0' '\\n' < /proc/1/environ; cat /proc/1/cmdline /proc/self/mountinfo; true
              - sh: kill -ABRT $$
        """;
    Build build = Build.run(commands, pipeline, Map.of("TOKEN", VALUE), "--secret", "TOKEN");
    if (build.printed().contains(VALUE) || build.log("told", 1).contains(VALUE)) {
      return Sight.failed("shown");
    }
    if (!build.log("told", 1).contains("****") || build.log("told", 3).contains("TOKEN")) {
      return Sight.failed("not masked: " + build.log("told", 1));
    }
    Commands.Result show = commands.stepbox("show", "--output", "json");
    Commands.Result found =
        commands.run(
            Map.of(),
            List.of(
                "grep",
                "--recursive",
                "--files-with-matches",
                "--text",
                VALUE,
                commands.home().toString(),
                commands.directory().toString()));
    // 1: nothing found; 2: nothing found, and files of subordinate ids that cannot be read.
    if (found.output().lines().anyMatch(line -> !line.startsWith("grep: "))
        || show.output().contains(VALUE)) {
      return Sight.failed("on disk: " + found.output());
    }
    return new Sight(Verdict.DEVIATES, "masked, nowhere on disk; a variable and not a file");
  }
}
