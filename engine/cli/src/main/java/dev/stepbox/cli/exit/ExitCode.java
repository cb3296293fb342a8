package dev.stepbox.cli.exit;

/** How the process ends. The numbers are a public interface and never change. */
public enum ExitCode {
  /** What was asked for was done. */
  OK(0),
  /** The build ran and failed by its own fault. */
  BUILD_FAILED(1),
  /** The command line or a setting is wrong. */
  USAGE(2),
  /** The pipeline is missing or says something that cannot be run. */
  INVALID_PIPELINE(3),
  /** Steps cannot, or may not, run as the pipeline asks: the machine or the operator says no. */
  CANNOT_ISOLATE(4),
  /** The disk, the store, an image or the repository failed us. */
  INFRASTRUCTURE(5),
  /** A defect of Stepbox. */
  INTERNAL(70),
  /** The user stopped it. */
  INTERRUPTED(130);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  /** The number given to the calling process. */
  public int number() {
    return number;
  }
}
