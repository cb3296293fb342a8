package dev.stepbox.isolation;

/**
 * Times, resources and output of an ended step. Times are on the clock of {@link System#nanoTime()}
 * and 0 when the moment never came.
 *
 * @param requestedNanos when the supervisor took the request
 * @param startedNanos when the command was executed
 * @param endedNanos when the last process of the step was gone
 * @param usage resources used
 * @param outputBytes length of the output file
 * @param outputDroppedBytes output beyond the limit, which was dropped
 */
public record StepReport(
    long requestedNanos,
    long startedNanos,
    long endedNanos,
    Usage usage,
    long outputBytes,
    long outputDroppedBytes) {

  /** Nothing is known. */
  public static final StepReport UNKNOWN = new StepReport(0, 0, 0, Usage.UNKNOWN, 0, 0);
}
