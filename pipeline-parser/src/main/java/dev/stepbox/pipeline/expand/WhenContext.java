package dev.stepbox.pipeline.expand;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a build before it starts.
 *
 * @param branch the branch being built; absent outside a repository or on a detached commit
 * @param environment variables given from outside ({@code run --env}); they win over the pipeline's
 *     own {@code environment} and yield to a matrix cell, a stage and a step
 * @param parameters parameter values as given, unchecked; what is missing takes its default
 */
public record WhenContext(
    @Nullable String branch,
    SequencedMap<String, String> environment,
    SequencedMap<String, String> parameters) {

  /** Nothing is known: no branch, no variables, every parameter at its default. */
  public static final WhenContext EMPTY =
      new WhenContext(null, new LinkedHashMap<>(), new LinkedHashMap<>());

  public WhenContext {
    environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
    parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
  }

  /** The same for maps without a defined order; entries are sorted by name. */
  public static WhenContext of(
      @Nullable String branch, Map<String, String> environment, Map<String, String> parameters) {
    return new WhenContext(
        branch, new java.util.TreeMap<>(environment), new java.util.TreeMap<>(parameters));
  }
}
