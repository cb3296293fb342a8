package dev.stepbox.engine;

import dev.stepbox.agent.protocol.CapsPolicy;
import dev.stepbox.pipeline.model.Isolation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a build is run, whatever its pipeline says.
 *
 * @param capsPolicy what happens when this machine cannot enforce a cap
 * @param parallel how many stages run at one time; 0 means what the engine is set to
 * @param grace from TERM to KILL when a step is timed out or cancelled
 * @param outputLimitBytes how much output of one step is kept
 * @param execution whether commands are executed
 * @param isolation what all stages get, whatever they ask for; null for what they ask for
 * @param runtime what makes the containers of all steps; null for Stepbox itself
 * @param permissions what the pipeline gets that it may not take for itself
 */
public record RunOptions(
    CapsPolicy capsPolicy,
    int parallel,
    Duration grace,
    long outputLimitBytes,
    Execution execution,
    @Nullable Isolation isolation,
    @Nullable ContainerRuntime runtime,
    Permissions permissions) {

  /** Most stages that run at one time: each runs a step, and a supervisor has 64 of them. */
  public static final int PARALLEL_MAX = 64;

  /** Caps required, as many stages as the engine is set to, 10 s of grace, 4 GiB of output. */
  public static final RunOptions DEFAULTS =
      new RunOptions(
          CapsPolicy.REQUIRE,
          0,
          Duration.ofSeconds(10),
          4L << 30,
          Execution.REAL,
          null,
          null,
          Permissions.NONE);

  public RunOptions {
    if (parallel < 0 || parallel > PARALLEL_MAX) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "cannot run %d stages at one time: the limit is %d. Give a smaller number."
              .formatted(parallel, PARALLEL_MAX));
    }
  }
}
