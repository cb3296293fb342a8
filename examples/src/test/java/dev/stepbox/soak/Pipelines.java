package dev.stepbox.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The pipelines of the soak, below one directory. */
record Pipelines(Path directory) {
  private static final int STEPS_IN_A_STAGE = 500;

  /** Stages one after the other, each with many short steps. */
  Path sequence(int steps) throws IOException {
    StringBuilder text = new StringBuilder("stepbox: 1\nstages:\n");
    for (int left = steps, stage = 1; left > 0; left -= STEPS_IN_A_STAGE, stage++) {
      text.append("  - stage: Steps ").append(stage).append("\n    steps:\n");
      text.repeat("      - sh: \"true\"\n", Math.min(left, STEPS_IN_A_STAGE));
    }
    return write("sequence-" + steps, text);
  }

  /** Branches that are all there at once, for long enough to be counted. */
  Path parallel(int branches, int seconds) throws IOException {
    StringBuilder text = new StringBuilder("stepbox: 1\nstages:\n  - stage: Many\n    parallel:\n");
    for (int branch = 1; branch <= branches; branch++) {
      text.append("      - stage: Branch ")
          .append(branch)
          .append("\n        steps:\n          - sh: sleep ")
          .append(seconds)
          .append("\n            caps: {memory: 16MiB}\n");
    }
    return write("parallel-" + branches, text);
  }

  private Path write(String name, StringBuilder text) throws IOException {
    Path pipeline = Files.createDirectories(directory.resolve(name));
    Files.writeString(pipeline.resolve("stepbox.yaml"), text);
    return pipeline;
  }
}
