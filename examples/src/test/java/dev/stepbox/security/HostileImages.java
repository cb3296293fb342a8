package dev.stepbox.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Images whose files and configs lead to the host, and caches that are mounted through links. */
final class HostileImages {
  private static final int MOUNTS = 12;
  private static final String NOT_SHOWN = "none: it is the host that looks";

  private final Commands commands;
  private final Canary canary;
  private final Path base;

  /**
   * Sets up.
   *
   * @param base a layer with a shell, beside the pipeline
   */
  HostileImages(Commands commands, Canary canary, Path base) {
    this.commands = commands;
    this.canary = canary;
    this.base = base;
  }

  List<Row> rows() throws IOException, InterruptedException {
    return List.of(
        row(
            17,
            "an image whose /dev, /proc, /sys, /tmp, /workspace, /etc or /root is a link to the"
                + " host",
            "refused, or inside of the root",
            links()),
        row(
            18,
            "swap a mount point for a link while other steps mount on it",
            "refused, or inside of the root",
            race()),
        row(
            19,
            "a cache at ../.., or through a link to / or to the host",
            "refused, or inside of the root",
            caches()),
        row(
            20,
            "USER from a linked passwd, WORKDIR, VOLUME, ENTRYPOINT and HEALTHCHECK through links",
            "no directory, no id and no command of them",
            configs()));
  }

  private static Row row(int number, String attempt, String expected, Sight sight) {
    return new Row(number, attempt, expected, sight, Sight.NONE, NOT_SHOWN, "");
  }

  /** An image with more entries on top of the base. */
  private void image(String name, String config, Tar top) throws IOException {
    Path layer = commands.directory().resolve(name + ".tar");
    Files.write(layer, top.bytes());
    AttackImage.write(commands.directory().resolve(name), config, List.of(base, layer));
  }

  private static String stage(String name, String image, String script, String settings) {
    return """
      - stage: %s
        needs: []
        agent: {image: "oci:%s"}
        steps:
          - sh: 'set +e; %s'
    """
            .formatted(name, image, script)
            .indent(0)
        + (settings.isEmpty() ? "" : "        " + settings + "\n");
  }

  private Sight links() throws IOException, InterruptedException {
    List<String> names = List.of("dev", "proc", "sys", "tmp", "workspace", "etc", "root");
    StringBuilder pipeline = new StringBuilder("stepbox: 1\nstages:\n");
    for (String name : names) {
      Tar top = new Tar().file(".wh." + name, "").link(name, canary.directory().toString());
      image("link-" + name, "", top);
      pipeline.append(
          stage(
              "link-" + name,
              "link-" + name,
              "echo x > /%s/owned; cat /%s/victim; true".formatted(name, name),
              ""));
    }
    Build build = Build.run(commands, pipeline.toString(), Map.of());
    List<String> stages = names.stream().map(name -> "link-" + name).toList();
    return judge(build, stages);
  }

  private Sight race() throws IOException, InterruptedException {
    image("race", "", new Tar().directory("shared"));
    StringBuilder pipeline = new StringBuilder("stepbox: 1\nstages:\n");
    String swap =
        "cd /shared; for i in $(seq 1 3000); do rm -rf sub; ln -s %s sub; rm sub; mkdir sub; done"
            .formatted(canary.directory());
    pipeline.append(stage("swap", "race", swap, "cache: [/shared]"));
    List<String> stages = new ArrayList<>();
    for (int i = 0; i < MOUNTS; i++) {
      stages.add("mount-" + i);
      pipeline.append(
          stage(
              "mount-" + i,
              "race",
              "for i in $(seq 1 20); do echo x > /shared/sub/owned; cat /shared/sub/victim; done;"
                  + " true",
              "cache: [/shared, /shared/sub]"));
    }
    Build build = Build.run(commands, pipeline.toString(), Map.of());
    Sight sight = judge(build, stages);
    return new Sight(
        sight.verdict(), sight.verdict() == Verdict.HELD ? "never outside" : sight.text());
  }

  private Sight caches() throws IOException, InterruptedException {
    Tar top =
        new Tar().link("link", canary.directory().toString()).link("up", "/").link("parent", "..");
    image("cache", "", top);
    StringBuilder pipeline = new StringBuilder("stepbox: 1\nstages:\n");
    List<String> stages = new ArrayList<>();
    for (String path : List.of("/link", "/link/sub", "/up/etc", "/parent/x", "/proc/1/root")) {
      String name = "cache-" + stages.size();
      stages.add(name);
      String script = "echo x > %s/owned; cat %s/victim; true".formatted(path, path);
      pipeline.append(stage(name, "cache", script, "cache: [\"" + path + "\"]"));
    }
    Sight sight = judge(Build.run(commands, pipeline.toString(), Map.of()), stages);
    for (String path : List.of("../x", "/workspace/../../x", "~/../../x")) {
      String text =
          "stepbox: 1\nstages:\n" + stage("climb", "cache", "true", "cache: [\"" + path + "\"]");
      boolean isRefused = Build.run(commands, text, Map.of()).exitCode() == 3;
      sight =
          sight.and(isRefused ? Sight.held("a path that climbs is no path") : Sight.failed(path));
    }
    return sight;
  }

  private Sight configs() throws IOException, InterruptedException {
    String link = canary.directory().toString();
    Tar top =
        new Tar()
            .directory("etc")
            .file("etc/.wh.passwd", "")
            .link("etc/passwd", link + "/passwd")
            .link("link", link);
    image("user", "\"User\":\"evil\"", top);
    image(
        "work",
        """
        "WorkingDir":"/link/made","Volumes":{"/link/volume":{}},"Entrypoint":["/link/run"],\
        "Healthcheck":{"Test":["CMD-SHELL","echo x > /link/owned"]},"OnBuild":["RUN /link/run"]\
        """,
        top);
    image("number", "\"User\":\"4242:../../etc\"", top);
    StringBuilder pipeline = new StringBuilder("stepbox: 1\nstages:\n");
    List<String> stages = List.of("user", "work", "number");
    for (String name : stages) {
      pipeline.append(stage(name, name, "id -u; pwd; cat /link/victim; true", ""));
    }
    Build build = Build.run(commands, pipeline.toString(), Map.of());
    Sight sight = judge(build, stages);
    for (String name : stages) {
      String log = build.log(name, 1);
      if (log.contains("4242") || (!log.isEmpty() && !log.contains("/workspace"))) {
        sight = sight.and(Sight.failed(name + ": " + log));
      }
    }
    return sight;
  }

  /** Held, when the host is as it was and no step has seen it. */
  private Sight judge(Build build, List<String> stages) throws IOException {
    int ran = 0;
    for (String stage : stages) {
      if (canary.isIn(build.log(stage, 1))) {
        return Sight.failed(stage + " has read a file of the host");
      }
      ran += build.end(stage, 1).startsWith("succeeded") ? 1 : 0;
    }
    if (!canary.isUntouched()) {
      return Sight.failed("a directory of the host was changed");
    }
    return Sight.held("inside (%d), refused (%d)".formatted(ran, stages.size() - ran));
  }
}
