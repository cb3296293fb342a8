package dev.stepbox.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs every attack program as steps of one build: as id 0 of the step, and as another id. */
final class AttackRuns {
  /** The maker of containers that is not an OCI runtime. */
  static final String OURSELVES = "stepbox";

  /** How a program tells of an attempt that met something else than it should: name, and what. */
  private static final String THROUGH = "got through: ";

  private static final int HELD = 0;
  private static final int BROKEN = 1;
  private static final int DEVIATES = 3;
  private static final int NOT_APPLICABLE = 77;

  /** Who runs the program inside of the step. */
  enum Whom {
    ROOT("root", ""),
    OTHER("other", "\"User\":\"tester\"");

    final String word;
    final String config;

    Whom(String word, String config) {
      this.word = word;
      this.config = config;
    }
  }

  private final Commands commands;
  private final List<Attack> attacks;

  AttackRuns(Commands commands, List<Attack> attacks) {
    this.commands = commands;
    this.attacks = attacks;
  }

  /** Puts the images into the pipelines' directory; the layer lies beside them. */
  void makeImages(Path programs) throws IOException, InterruptedException {
    Path root = commands.directory().resolve("rootfs");
    for (String name :
        List.of("bin", "etc", "proc", "dev", "sys", "tmp", "workspace", "root", "open")) {
      Files.createDirectories(root.resolve(name));
    }
    commands.must("cp", "--recursive", programs.toString(), root.resolve("checks").toString());
    commands.must("cp", "--dereference", "/bin/busybox", root.resolve("bin/busybox").toString());
    for (String applet : commands.must("/bin/busybox", "--list").lines().toList()) {
      if (!applet.equals("busybox")) {
        Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
      }
    }
    Files.writeString(root.resolve("checks/victim"), "as it was\n");
    Files.writeString(
        root.resolve("etc/passwd"),
        """
        root:x:0:0::/root:/bin/sh
        tester:x:1000:1000::/tmp:/bin/sh
        """);
    Files.writeString(root.resolve("etc/group"), "root:x:0:\ntester:x:1000:\n");
    commands.must(
        "sh",
        "-c",
        "chmod 4755 rootfs/checks/setuid-* && chmod 2755 rootfs/checks/setgid-*"
            + " && chmod 1777 rootfs/tmp rootfs/open");
    commands.must(
        "tar",
        "--create",
        "--file=layer.tar",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--directory=rootfs",
        ".");
    for (Whom whom : Whom.values()) {
      AttackImage.write(
          commands.directory().resolve("image-" + whom.word),
          whom.config,
          List.of(commands.directory().resolve("layer.tar")));
    }
  }

  /** Digests of those files of the layers that the user may read; unpacks them first. */
  Map<String, String> layers() throws IOException, InterruptedException {
    StringBuilder pipeline = new StringBuilder("stepbox: 1\nstages:\n");
    for (Whom whom : Whom.values()) {
      pipeline.append("  - stage: unpack-%s%n    needs: []%n".formatted(whom.word));
      pipeline.append("    agent: {image: \"oci:image-%s\"}%n".formatted(whom.word));
      pipeline.append("    steps:\n      - sh: cat /checks/victim\n");
    }
    Build build = Build.run(commands, pipeline.toString(), Map.of());
    Map<String, String> digests = new TreeMap<>();
    digests.put("seen", build.log("unpack-root", 1) + build.log("unpack-other", 1));
    String found =
        commands
            .run(
                Map.of(),
                List.of(
                    "sh",
                    "-c",
                    "find \"$0\" -path '*/checks/*' -type f -readable -exec sha256sum {} +",
                    commands.home().resolve("store").toString()))
            .output();
    // Write layers come and go; the layers of images are all below one directory.
    found.lines().forEach(line -> digests.put(line.substring(66), line.substring(0, 64)));
    return digests;
  }

  /**
   * The build that ran them all, for those who look at it from the host.
   *
   * @param maker of the containers: an OCI runtime, or {@code stepbox} itself
   */
  Build run(Map<String, String> variables, String maker) throws IOException, InterruptedException {
    StringBuilder pipeline = new StringBuilder("stepbox: 1\ncaps: {memory: 256MiB, pids: 256}\n");
    pipeline.append("environment:\n");
    variables.forEach((name, value) -> pipeline.append("  %s: \"%s\"%n".formatted(name, value)));
    pipeline.append("stages:\n");
    for (Attack attack : attacks) {
      for (Whom whom : Whom.values()) {
        stage(pipeline, attack, whom, "", "");
        if (attack.hasSecondStage()) {
          stage(pipeline, attack, whom, "-2", stageName(attack, whom, ""));
        }
      }
    }
    return Build.run(
        commands,
        pipeline.toString().replace("{maker}", maker),
        Map.of("STEPBOX_CANARY", "canary-of-the-engine"),
        maker.equals(OURSELVES) ? new String[0] : new String[] {"--runtime", maker});
  }

  private static void stage(
      StringBuilder pipeline, Attack attack, Whom whom, String part, String need) {
    pipeline.append("  - stage: %s%n".formatted(stageName(attack, whom, part)));
    pipeline.append("    needs: [%s]%n".formatted(need));
    pipeline.append("    agent: {image: \"oci:image-%s\"}%n".formatted(whom.word));
    pipeline.append("    steps:\n");
    String script = "exec /checks/%s %s".formatted(attack.name(), part.isEmpty() ? "1" : "2");
    pipeline.append("      - name: %s%n".formatted(attack.name()));
    pipeline.append(
        "        sh: {script: \"%s\", tty: %b}%n".formatted(script, attack.hasTerminal()));
    for (String line : attack.settings()) {
      pipeline.append("        %s%n".formatted(line.replace("{whom}", whom.word)));
    }
  }

  static String stageName(Attack attack, Whom whom, String part) {
    return attack.name() + "-" + whom.word + part;
  }

  /** What one attack met when this one ran it. */
  Sight sight(Build build, Attack attack, Whom whom) throws IOException {
    Sight sight = sight(build, attack, stageName(attack, whom, ""));
    return attack.hasSecondStage()
        ? sight.and(sight(build, attack, stageName(attack, whom, "-2")))
        : sight;
  }

  /** What it met in containers of an OCI runtime, whoever ran it. */
  Sight sightOfRuntime(Build build, Attack attack) throws IOException {
    Sight sight = sight(build, attack, Whom.ROOT).and(sight(build, attack, Whom.OTHER));
    boolean isTheirs =
        sight.verdict() == Verdict.FAILED
            && !attack.theirs().isEmpty()
            && isTheirs(build, attack, Whom.ROOT)
            && isTheirs(build, attack, Whom.OTHER);
    return isTheirs ? new Sight(Verdict.THEIRS, attack.theirs()) : sight;
  }

  /** Whether nothing got through, and nothing ended the step, but what the attack names. */
  private static boolean isTheirs(Build build, Attack attack, Whom whom) throws IOException {
    String stage = stageName(attack, whom, "");
    String end = build.end(stage, 1);
    Stream<String> through =
        build
            .log(stage, 1)
            .lines()
            .filter(line -> line.startsWith(THROUGH))
            .map(line -> line.substring(THROUGH.length()).strip());
    boolean isVerdict = end.equals("failed " + BROKEN) || end.equals("succeeded " + HELD);
    return Stream.concat(through, isVerdict ? Stream.empty() : Stream.of(end))
        .allMatch(line -> line.matches(attack.through()));
  }

  private static Sight sight(Build build, Attack attack, String stage) throws IOException {
    String end = build.end(stage, 1);
    String log = build.log(stage, 1);
    String last = log.lines().reduce((_, line) -> line).orElse("").strip();
    if (end.isEmpty()) {
      return Sight.failed("the step never ran");
    }
    if (!attack.ends().isEmpty() && !end.equals("failed " + NOT_APPLICABLE)) {
      return new Sight(end.equals(attack.ends()) ? Verdict.HELD : Verdict.FAILED, end);
    }
    return switch (end) {
      case "succeeded " + HELD -> Sight.held(last);
      case "failed " + NOT_APPLICABLE -> new Sight(Verdict.NOT_APPLICABLE, last);
      case "failed " + DEVIATES ->
          new Sight(attack.deviation().isEmpty() ? Verdict.FAILED : Verdict.DEVIATES, last);
      default -> Sight.failed(end + ": " + log.strip().replace('\n', ';'));
    };
  }
}
