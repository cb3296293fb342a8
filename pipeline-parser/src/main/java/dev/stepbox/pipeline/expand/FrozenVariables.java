package dev.stepbox.pipeline.expand;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Variables that never change again, so that thousands of concrete steps can share them instead of
 * copying.
 */
final class FrozenVariables extends AbstractMap<String, String>
    implements SequencedMap<String, String> {
  private final SequencedMap<String, String> variables;

  private FrozenVariables(SequencedMap<String, String> variables) {
    this.variables = Collections.unmodifiableSequencedMap(variables);
  }

  /** A copy, or the map itself if it cannot change. */
  static SequencedMap<String, String> copyOf(SequencedMap<String, String> variables) {
    return variables instanceof FrozenVariables
        ? variables
        : new FrozenVariables(new LinkedHashMap<>(variables));
  }

  @Override
  public Set<Map.Entry<String, String>> entrySet() {
    return variables.entrySet();
  }

  @Override
  public @Nullable String get(@Nullable Object name) {
    return variables.get(name);
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return variables.containsKey(name);
  }

  @Override
  public SequencedMap<String, String> reversed() {
    return variables.reversed();
  }
}
