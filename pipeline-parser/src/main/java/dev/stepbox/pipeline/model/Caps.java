package dev.stepbox.pipeline.model;

import org.jspecify.annotations.Nullable;

/**
 * Resource limits of a step. An absent component means "as the outer scope says"; after {@link
 * #over} with {@link #DEFAULTS} only an absent {@code cpu} is left, which means all processors.
 *
 * @param cpu processor time
 * @param memory resident memory, swap included
 * @param pids processes and threads
 * @param disk what the steps of a stage may write
 */
public record Caps(
    @Nullable Processors cpu,
    @Nullable DataSize memory,
    @Nullable Integer pids,
    @Nullable DataSize disk) {

  /** No limit is said here: everything comes from the outer scope. */
  public static final Caps INHERITED = new Caps(null, null, null, null);

  /** What holds where a pipeline says nothing: all processors, 2 GiB, 1024 pids, 10 GiB. */
  public static final Caps DEFAULTS =
      new Caps(null, DataSize.ofGibibytes(2), 1024, DataSize.ofGibibytes(10));

  public Caps {
    if (memory != null && memory.bytes() == 0) {
      throw new IllegalArgumentException("memory must be more than 0 bytes");
    }
    if (pids != null && pids < 1) {
      throw new IllegalArgumentException("pids must be at least 1, got " + pids);
    }
    if (disk != null && disk.bytes() == 0) {
      throw new IllegalArgumentException("disk must be more than 0 bytes");
    }
  }

  /** These caps, with every absent one taken from {@code outer}. */
  public Caps over(Caps outer) {
    return new Caps(
        cpu != null ? cpu : outer.cpu,
        memory != null ? memory : outer.memory,
        pids != null ? pids : outer.pids,
        disk != null ? disk : outer.disk);
  }
}
