package dev.stepbox.agent.worker.execution;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Assignment;
import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.Source;
import dev.stepbox.agent.protocol.StepAssignment;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.agent.worker.workspace.ImageProfile;
import dev.stepbox.isolation.RootSpec;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a step. Later sources win: defaults, the image, what Stepbox says of the
 * build, pipeline and stage, the step, secrets. Nothing comes from the engine's own environment.
 */
final class StepEnvironment {
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private StepEnvironment() {}

  static SequencedMap<String, String> of(
      Assignment assignment, StepAssignment step, Action.Shell shell, ImageProfile image) {
    SequencedMap<String, String> variables = new LinkedHashMap<>();
    variables.put("PATH", DEFAULT_PATH);
    variables.put("LANG", "C.UTF-8");
    variables.putAll(image.environment());
    variables.put("HOME", image.home());
    if (shell.terminal() == Terminal.PTY) {
      variables.put("TERM", "xterm-256color");
    }
    addBuild(variables, assignment, step);
    variables.putAll(assignment.environment());
    variables.putAll(step.environment());
    for (Secret secret : assignment.secrets()) {
      variables.put(secret.name(), secret.value());
    }
    return variables;
  }

  /** As output and logs count: from 1, and in a post block from 1 again. */
  private static String number(Assignment assignment, StepAssignment step) {
    int own = assignment.steps().indexOf(step);
    if (own >= 0) {
      return Integer.toString(own + 1);
    }
    for (var block : assignment.post().entrySet()) {
      int at = block.getValue().indexOf(step);
      if (at >= 0) {
        return block.getKey().name().toLowerCase(Locale.ROOT) + "/" + (at + 1);
      }
    }
    throw new IllegalArgumentException("no step of the stage: " + step.label());
  }

  private static void addBuild(
      SequencedMap<String, String> variables, Assignment assignment, StepAssignment step) {
    String build = assignment.attempt().build();
    variables.put("CI", "true");
    variables.put("STEPBOX", "true");
    variables.put("STEPBOX_BUILD", build);
    variables.put("STEPBOX_STAGE", assignment.stageName());
    variables.put("STEPBOX_STEP", number(assignment, step));
    variables.put("WORKSPACE", RootSpec.WORKSPACE);
    variables.put("BUILD_ID", build);
    variables.put("BUILD_NUMBER", build);
    variables.put("STAGE_NAME", assignment.stageName());
    Source source = assignment.source();
    if (source != null) {
      putKnown(variables, "BRANCH_NAME", source.branch());
      putKnown(variables, "GIT_BRANCH", source.branch());
      putKnown(variables, "GIT_COMMIT", source.commit());
    }
  }

  private static void putKnown(
      SequencedMap<String, String> variables, String name, @Nullable String value) {
    if (value != null) {
      variables.put(name, value);
    }
  }
}
