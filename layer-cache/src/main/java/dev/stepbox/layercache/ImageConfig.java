package dev.stepbox.layercache;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What an image says about running a program in it.
 *
 * @param environment variables in the image's order
 * @param entrypoint first words of the command line; may be empty
 * @param command default arguments; may be empty
 * @param workingDirectory absolute path, {@code /} where the image says nothing
 * @param user {@code user[:group]} by name or number; empty means id 0
 * @param platform for example {@code linux/amd64}; empty where the image says nothing
 */
public record ImageConfig(
    SequencedMap<String, String> environment,
    List<String> entrypoint,
    List<String> command,
    String workingDirectory,
    String user,
    String platform) {

  /** For images that say nothing: no variables, no command, id 0 in {@code /}. */
  public static final ImageConfig NONE =
      new ImageConfig(new LinkedHashMap<>(), List.of(), List.of(), "/", "", "");

  public ImageConfig {
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    if (!workingDirectory.startsWith("/")) {
      throw new IllegalArgumentException(
          "working directory must be absolute: '%s'".formatted(workingDirectory));
    }
  }
}
