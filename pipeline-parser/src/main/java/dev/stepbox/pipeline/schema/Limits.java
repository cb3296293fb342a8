package dev.stepbox.pipeline.schema;

/**
 * How large a pipeline and its parts may be. Characters are Unicode code points. Each limit has a
 * row in {@code docs/reference/pipeline.md}.
 */
public final class Limits {
  /** The file, in bytes: 1 MiB. */
  public static final int FILE_BYTES_MAX = 1024 * 1024;

  /** One line, in bytes: 64 KiB. The scanner's time grows with the square of a line's length. */
  public static final int LINE_BYTES_MAX = 64 * 1024;

  /** Lists and mappings inside each other. */
  public static final int DEPTH_MAX = 64;

  /** Uses of YAML aliases. */
  public static final int ALIASES_MAX = 50;

  /** Keys and values after aliases are followed. */
  public static final int VALUES_MAX = 200_000;

  /** Errors and warnings that are reported; more are dropped. */
  public static final int DIAGNOSTICS_MAX = 200;

  /** Stages of a build, branches and cells counted one by one, excluded cells included. */
  public static final int EXPANDED_STAGES_MAX = 10_000;

  /**
   * Size of an expanded pipeline: each stage, step and variable counts 1, and so do every 64
   * characters of a value that is made by a reference.
   */
  public static final int EXPANDED_SIZE_MAX = 1_000_000;

  /** Branches of a parallel stage. */
  public static final int BRANCHES_MAX = 1000;

  /** Steps of a stage, or of one post condition. */
  public static final int STEPS_MAX = 500;

  /** Axes of a matrix. */
  public static final int AXES_MAX = 8;

  /** Values of an axis. */
  public static final int AXIS_VALUES_MAX = 200;

  /** Cells of a matrix, excluded ones included. */
  public static final int CELLS_MAX = 1000;

  /** Excludes of a matrix. */
  public static final int EXCLUDES_MAX = 100;

  /** Needs of a stage. */
  public static final int NEEDS_MAX = 1000;

  /** Conditions in an {@code allOf} or {@code anyOf}. */
  public static final int CONDITIONS_MAX = 100;

  /** Parameters of a pipeline, and choices of a parameter. */
  public static final int PARAMETERS_MAX = 100;

  /** Variables of one {@code environment}. */
  public static final int VARIABLES_MAX = 200;

  /** The value of a variable, in characters, before and after references are resolved. */
  public static final int VALUE_CHARS_MAX = 16 * 1024;

  /** A script, in characters, and also in bytes of UTF-8: 64 KiB. */
  public static final int SCRIPT_BYTES_MAX = 64 * 1024;

  /** Names of stages, steps, variables, stashes; values of axes; in characters. */
  public static final int NAME_CHARS_MAX = 100;

  /** Patterns, paths, image names, addresses, descriptions; in characters. */
  public static final int LINE_CHARS_MAX = 1000;

  /** Patterns of an archive or a stash. */
  public static final int PATTERNS_MAX = 100;

  /** Cache mounts of a step. */
  public static final int CACHES_MAX = 20;

  /** An expression, in characters. */
  public static final int EXPRESSION_CHARS_MAX = 1000;

  /** The least {@code caps.cpu}, in thousandths: the kernel refuses less. */
  public static final int CPU_MIN_THOUSANDTHS = 10;

  /** Processors in {@code caps.cpu}. */
  public static final int CPU_MAX = 1024;

  /** Processes in {@code caps.pids}; the kernel's own limit. */
  public static final int PIDS_MAX = 4_194_304;

  /** Commits in a checkout's {@code depth}. */
  public static final int CHECKOUT_DEPTH_MAX = 1_000_000;

  /** A timeout, in days. */
  public static final int TIMEOUT_DAYS_MAX = 30;

  private Limits() {}
}
