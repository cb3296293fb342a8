package dev.stepbox.pipeline.schema;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a text may look like. The patterns mean the same to Java (as a full match) and to ECMAScript
 * (as they stand), so that the decoder and a schema validator agree; none of them backtracks more
 * than once over its input.
 */
public enum TextRule {
  /** Any text, also of several lines, also empty. */
  VALUE(Kinds.ANY, "text", null, 0, Limits.VALUE_CHARS_MAX),
  SCRIPT(Kinds.ANY, "a script", "^[\\s\\S]*\\S[\\s\\S]*$", 1, Limits.SCRIPT_BYTES_MAX),
  DESCRIPTION(
      Kinds.ANY,
      "one line of text without control characters",
      "^[^" + Marks.OBEYED + "]*$",
      0,
      Limits.LINE_CHARS_MAX),
  /** Names that people read: stages and steps. */
  NAME(
      Kinds.ANY,
      "a name: one line without control characters that neither starts nor ends with a space",
      "^[^ " + Marks.OBEYED + "]([^" + Marks.OBEYED + "]*[^ " + Marks.OBEYED + "])?$",
      1,
      Limits.NAME_CHARS_MAX),
  VARIABLE(
      Kinds.TEXT,
      "a variable name: letters, digits and '_', not starting with a digit",
      "^[A-Za-z_][A-Za-z0-9_]*$",
      1,
      Limits.NAME_CHARS_MAX),
  STASH(
      Kinds.TEXT,
      "a stash name: letters, digits, '.', '_' and '-', starting with a letter or digit",
      "^[A-Za-z0-9][A-Za-z0-9._-]*$",
      1,
      Limits.NAME_CHARS_MAX),
  AXIS_VALUE(
      Kinds.ANY,
      "one line of text without control characters",
      "^[^" + Marks.OBEYED + "]+$",
      1,
      Limits.NAME_CHARS_MAX),
  IMAGE(
      Kinds.TEXT,
      "an image: host, a name such as debian:bookworm, oci:DIR, docker-archive:FILE or rootfs:FILE",
      "^((oci|docker-archive|rootfs):[!-~]+|(?!(oci|docker-archive|rootfs):|.*//)"
          + "[A-Za-z0-9$][A-Za-z0-9._/:@${}-]*)$",
      1,
      Limits.LINE_CHARS_MAX),
  DURATION(
      Kinds.TEXT,
      "a duration such as 90s, 30m or 1h30m",
      "^(?=.*[1-9])(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$",
      1,
      Limits.NAME_CHARS_MAX),
  SIZE(
      Kinds.TEXT,
      "a size such as 512MiB or 2GiB",
      "^(?=.*[1-9])[0-9]{1,6}(\\.[0-9]{1,3})?(KiB|MiB|GiB|TiB)$",
      1,
      Limits.NAME_CHARS_MAX),
  /** No less than 4 MiB, with which a program can start. */
  MEMORY(
      Kinds.TEXT,
      "a size of at least 4MiB, such as 512MiB or 2GiB",
      "^(?=.*[1-9])(?!0*[0-3](\\.[0-9]+)?MiB)"
          + "(?!0*([0-9]{1,3}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-5])(\\.[0-9]+)?KiB)"
          + "(?!0+\\.00[0-3]GiB)[0-9]{1,6}(\\.[0-9]{1,3})?(KiB|MiB|GiB|TiB)$",
      1,
      Limits.NAME_CHARS_MAX),
  FILE_PATTERN(
      Kinds.TEXT,
      "a pattern relative to the workspace, without '..'",
      "^(?!/)(?!(.*/)?\\.\\.(/|$))[^" + Marks.OBEYED + "\\\\]+$",
      1,
      Limits.LINE_CHARS_MAX),
  CACHE_PATH(
      Kinds.TEXT,
      "a directory: absolute, below '~/' or relative to the workspace, without '..'",
      "^(?!/+$)(?!(.*/)?\\.\\.(/|$))(~/)?[^~" + Marks.OBEYED + "\\\\][^" + Marks.OBEYED + "\\\\]*$",
      1,
      Limits.LINE_CHARS_MAX),
  BRANCH_PATTERN(
      Kinds.ANY,
      "a branch pattern on one line",
      "^[^" + Marks.OBEYED + "]*$",
      0,
      Limits.LINE_CHARS_MAX),
  EXPRESSION(Kinds.ANY, "an expression", "^[\\s\\S]*\\S[\\s\\S]*$", 1, Limits.EXPRESSION_CHARS_MAX),
  /**
   * What begins with a name and a colon is an address: of these kinds, or of none we fetch from.
   */
  URL(
      Kinds.TEXT,
      "a Git repository: an https, http or file address, or a path",
      "^([Hh][Tt][Tt][Pp][Ss]?://|[Ff][Ii][Ll][Ee]:|(?!-)(?![^/]*:))[!-~]+$",
      1,
      Limits.LINE_CHARS_MAX),
  REVISION(
      Kinds.NOT_NEGATIVE, "a branch, tag or commit", "^[!-,.-~][!-~]*$", 1, Limits.LINE_CHARS_MAX);

  /** What a plain value, read as YAML 1.2 does, may be so that it counts as a text. */
  public enum Kinds {
    /** A text only: a number or a boolean must be quoted. */
    TEXT,
    /** A number that is not negative, too. */
    NOT_NEGATIVE,
    /** A number or a boolean, too. */
    ANY
  }

  /** What a terminal would obey, or would show as another order than it is read in. */
  private static final class Marks {
    static final String OBEYED = "\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069";
  }

  private final Kinds kinds;
  private final String phrase;
  private final @Nullable String pattern;
  private final int minChars;
  private final int maxChars;
  private @Nullable Pattern compiled;

  TextRule(Kinds kinds, String phrase, @Nullable String pattern, int minChars, int maxChars) {
    this.kinds = kinds;
    this.phrase = phrase;
    this.pattern = pattern;
    this.minChars = minChars;
    this.maxChars = maxChars;
  }

  public Kinds kinds() {
    return kinds;
  }

  /** What is expected, as a person would say it. */
  public String phrase() {
    return phrase;
  }

  /** The pattern as a schema has it. */
  public @Nullable String pattern() {
    return pattern;
  }

  public int minChars() {
    return minChars;
  }

  public int maxChars() {
    return maxChars;
  }

  /** Whether a text within the length limits has the right form. */
  public boolean accepts(String text) {
    if (pattern == null) {
      return true;
    }
    Pattern ready = compiled;
    if (ready == null) {
      ready = Pattern.compile(pattern);
      compiled = ready; // two threads may both compile it; either result serves
    }
    return ready.matcher(text).matches();
  }
}
