package dev.stepbox.pipeline.diagnostic;

import static dev.stepbox.pipeline.diagnostic.Severity.ERROR;
import static dev.stepbox.pipeline.diagnostic.Severity.WARNING;

/**
 * The kinds of diagnostics. A code never changes its meaning; each has a row in {@code
 * docs/reference/diagnostics.md}.
 */
public enum DiagnosticCode {
  // P0xx: the text cannot be read
  FILE_TOO_LARGE("P001", ERROR),
  LINE_TOO_LONG("P002", ERROR),
  BAD_CHARACTER("P003", ERROR),
  SYNTAX("P004", ERROR),
  EMPTY("P005", ERROR),
  SEVERAL_DOCUMENTS("P006", ERROR),
  TOO_DEEP("P007", ERROR),
  TOO_MANY_ALIASES("P008", ERROR),
  RECURSIVE_ALIAS("P009", ERROR),
  TAG("P010", ERROR),
  MERGE_KEY("P011", ERROR),
  TOO_MANY_VALUES("P012", ERROR),

  // P1xx: a key or a value is not one of the language
  UNKNOWN_KEY("P101", ERROR),
  DUPLICATE_KEY("P102", ERROR),
  MISSING_KEY("P103", ERROR),
  WRONG_TYPE("P104", ERROR),
  INVALID_VALUE("P105", ERROR),
  NOT_SUPPORTED_YET("P106", ERROR),
  VERSION("P107", ERROR),
  CONFLICTING_KEYS("P108", ERROR),
  MISPLACED_KEY("P109", ERROR),
  LIMIT("P110", ERROR),

  // P2xx: the parts do not fit together
  DUPLICATE_STAGE("P201", ERROR),
  UNKNOWN_NEED("P202", ERROR),
  SELF_NEED("P203", ERROR),
  NEEDS_CYCLE("P204", ERROR),
  TOO_MANY_STAGES("P205", ERROR),
  DUPLICATE_VALUE("P206", ERROR),
  UNKNOWN_AXIS("P207", ERROR),
  NO_CELLS("P208", ERROR),
  UNKNOWN_VARIABLE("P209", ERROR),
  EXPRESSION("P210", ERROR),
  UNKNOWN_STASH("P211", ERROR),

  // P3xx: allowed, but probably not meant
  AMBIGUOUS_TEXT("P301", WARNING),
  UNUSED_STASH("P302", WARNING),
  STASH_OVERWRITTEN("P303", WARNING),
  EXCLUDE_WITHOUT_EFFECT("P304", WARNING),

  // P4xx: what was given for this build does not fit the pipeline
  UNKNOWN_PARAMETER("P401", ERROR),
  PARAMETER_VALUE("P402", ERROR);

  private final String id;
  private final Severity severity;

  DiagnosticCode(String id, Severity severity) {
    this.id = id;
    this.severity = severity;
  }

  /** The code as users see it, for example {@code P101}. */
  public String id() {
    return id;
  }

  public Severity severity() {
    return severity;
  }

  /** The page that explains the code, relative to the root of the documentation. */
  public String page() {
    return "docs/reference/diagnostics.md#" + id.toLowerCase(java.util.Locale.ROOT);
  }
}
