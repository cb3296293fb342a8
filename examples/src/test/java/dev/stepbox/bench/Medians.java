package dev.stepbox.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Samples in milliseconds by the name of what was measured. Quoted as medians: clocks are noisy.
 */
final class Medians {
  private final SequencedMap<String, List<Double>> samples = new LinkedHashMap<>();

  void add(String name, double millis) {
    samples.computeIfAbsent(name, _ -> new ArrayList<>()).add(millis);
  }

  boolean has(String name) {
    return samples.containsKey(name);
  }

  /** The median of what was added under {@code name}; NaN when nothing was. */
  double of(String name) {
    List<Double> sorted = samples.getOrDefault(name, List.of()).stream().sorted().toList();
    return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
  }

  Map<String, List<Double>> all() {
    return samples;
  }
}
