package dev.stepbox.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How steps end, whatever ends them, and that many of them leave nothing. */
final class Endings {
  private static final String NOT_SHOWN = "none: it is the host that looks";
  private static final int BRANCHES = 20;

  private final Commands commands;
  private final int starts;

  Endings(Commands commands, int starts) {
    this.commands = commands;
    this.starts = starts;
  }

  List<Row> rows() throws IOException, InterruptedException {
    return List.of(
        new Row(
            45,
            "steps one after the other, and %d stages side by side".formatted(BRANCHES),
            "all succeed; no mount, process or temporary file is left",
            many(),
            Sight.NONE,
            NOT_SHOWN,
            ""),
        new Row(
            47,
            "exit codes from 0 to 255, death by signals, programs that are missing or cannot be"
                + " executed",
            "the code itself; 128 + signal; 127; 126",
            codes(),
            Sight.NONE,
            NOT_SHOWN,
            ""));
  }

  private Sight many() throws IOException, InterruptedException {
    long mounts = mounts();
    StringBuilder pipeline = new StringBuilder("stepbox: 1\nstages:\n  - stage: many\n");
    pipeline.append("    needs: []\n    agent: {image: \"oci:image-root\"}\n    steps:\n");
    pipeline.append("      - sh: \":\"\n".repeat(starts));
    for (int i = 0; i < BRANCHES; i++) {
      pipeline.append("  - stage: side-%d%n    needs: []%n".formatted(i));
      pipeline.append("    agent: {image: \"oci:image-other\"}%n    steps:%n".formatted());
      pipeline.append("      - sh: sleep 0.2\n");
    }
    Build build = Build.run(commands, pipeline.toString(), Map.of(), "--parallel", "32");
    if (build.exitCode() != 0) {
      return Sight.failed(build.printed().lines().reduce((_, last) -> last).orElse(""));
    }
    return mounts() == mounts ? Sight.held("all succeeded, nothing left") : Sight.failed("mounts");
  }

  private static long mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).size();
  }

  private Sight codes() throws IOException, InterruptedException {
    Map<String, String> expected = new LinkedHashMap<>();
    Map<String, String> scripts = new LinkedHashMap<>();
    for (int code : List.of(0, 1, 2, 3, 77, 124, 125, 126, 127, 128, 129, 137, 254, 255)) {
      scripts.put("exit-" + code, "exit " + code);
      expected.put("exit-" + code, Integer.toString(code));
    }
    for (int signal : List.of(1, 2, 3, 4, 6, 8, 9, 11, 13, 14, 15, 31, 64)) {
      scripts.put("signal-" + signal, "exec /checks/die-by %d".formatted(signal));
      expected.put("signal-" + signal, Integer.toString(128 + signal));
    }
    scripts.put("missing", "exec /no/such/program");
    expected.put("missing", "127");
    scripts.put("directory", "exec /bin");
    expected.put("directory", "126");
    scripts.put("closed", "exec /etc/passwd");
    expected.put("closed", "126");
    StringBuilder pipeline = new StringBuilder("stepbox: 1\nstages:\n");
    scripts.forEach((name, script) ->
        pipeline.append(
            """
              - stage: %s
                needs: []
                agent: {image: "oci:image-root"}
                steps:
                  - sh: "%s"
            """
                .formatted(name, script)
                .indent(2)));
    Build build = Build.run(commands, pipeline.toString(), Map.of());
    for (Map.Entry<String, String> one : expected.entrySet()) {
      String code = build.code(one.getKey(), 1);
      if (!code.equals(one.getValue())) {
        return Sight.failed(one.getKey() + ": " + code);
      }
    }
    return Sight.held("as expected (%d)".formatted(expected.size()));
  }
}
