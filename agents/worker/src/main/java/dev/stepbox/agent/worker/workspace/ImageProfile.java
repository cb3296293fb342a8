package dev.stepbox.agent.worker.workspace;

import dev.stepbox.isolation.StepUser;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * What an image says about the steps that run on it. Its working directory does not matter: steps
 * start in the workspace.
 *
 * @param environment variables of the image
 * @param user who runs steps
 * @param home the user's home directory
 */
public record ImageProfile(SequencedMap<String, String> environment, StepUser user, String home) {
  /** Home of id 0. */
  public static final String ROOT_HOME = "/root";

  public ImageProfile {
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
  }
}
