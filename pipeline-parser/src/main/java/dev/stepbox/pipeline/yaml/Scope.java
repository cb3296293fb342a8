package dev.stepbox.pipeline.yaml;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The variables that are known at a place of the pipeline. */
final class Scope {
  private final @Nullable Scope outer;
  private final Set<String> names = new HashSet<>();

  private Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  static Scope outermost() {
    return new Scope(null);
  }

  Scope inner() {
    return new Scope(this);
  }

  void declare(String name) {
    names.add(name);
  }

  boolean knows(String name) {
    return names.contains(name) || (outer != null && outer.knows(name));
  }

  /** Every known name in alphabetical order. */
  List<String> all() {
    Set<String> all = new HashSet<>();
    for (Scope scope = this; scope != null; scope = scope.outer) {
      all.addAll(scope.names);
    }
    List<String> sorted = new ArrayList<>(all);
    sorted.sort(null);
    return sorted;
  }
}
