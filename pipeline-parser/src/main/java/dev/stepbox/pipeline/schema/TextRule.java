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
  VALUE("text", null, 0, Limits.VALUE_CHARS_MAX),
  SCRIPT("a script", "^[\\s\\S]*\\S[\\s\\S]*$", 1, Limits.SCRIPT_BYTES_MAX),
  DESCRIPTION("one line of text", "^[^\\x00-\\x1f\\x7f]*$", 0, Limits.LINE_CHARS_MAX),
  /** Names that people read: stages and steps. */
  NAME(
      "a name: one line that neither starts nor ends with a space",
      "^[^ \\x00-\\x1f\\x7f]([^\\x00-\\x1f\\x7f]*[^ \\x00-\\x1f\\x7f])?$",
      1,
      Limits.NAME_CHARS_MAX),
  VARIABLE(
      "a variable name: letters, digits and '_', not starting with a digit",
      "^[A-Za-z_][A-Za-z0-9_]*$",
      1,
      Limits.NAME_CHARS_MAX),
  STASH(
      "a stash name: letters, digits, '.', '_' and '-', starting with a letter or digit",
      "^[A-Za-z0-9][A-Za-z0-9._-]*$",
      1,
      Limits.NAME_CHARS_MAX),
  AXIS_VALUE("one line of text", "^[^\\x00-\\x1f\\x7f]+$", 1, Limits.NAME_CHARS_MAX),
  IMAGE(
      "an image: host, a name such as debian:bookworm, oci:DIR, docker-archive:FILE or rootfs:FILE",
      "^((oci|docker-archive|rootfs):[!-~]+|(?!(oci|docker-archive|rootfs):)"
          + "[A-Za-z0-9$][A-Za-z0-9._/:@${}-]*)$",
      1,
      Limits.LINE_CHARS_MAX),
  DURATION(
      "a duration such as 90s, 30m or 1h30m",
      "^(?=.*[1-9])(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$",
      1,
      Limits.NAME_CHARS_MAX),
  SIZE(
      "a size such as 512MiB or 2GiB",
      "^(?=.*[1-9])[0-9]{1,6}(\\.[0-9]{1,3})?(KiB|MiB|GiB|TiB)$",
      1,
      Limits.NAME_CHARS_MAX),
  FILE_PATTERN(
      "a pattern relative to the workspace, without '..'",
      "^(?!/)(?!(.*/)?\\.\\.(/|$))[^\\x00-\\x1f\\x7f\\\\]+$",
      1,
      Limits.LINE_CHARS_MAX),
  CACHE_PATH(
      "a directory: absolute, below '~/' or relative to the workspace, without '..'",
      "^(?!/+$)(?!(.*/)?\\.\\.(/|$))(~/)?[^~\\x00-\\x1f\\x7f\\\\][^\\x00-\\x1f\\x7f\\\\]*$",
      1,
      Limits.LINE_CHARS_MAX),
  BRANCH_PATTERN(
      "a branch pattern on one line", "^[^\\x00-\\x1f\\x7f]*$", 0, Limits.LINE_CHARS_MAX),
  EXPRESSION("an expression", "^[\\s\\S]*\\S[\\s\\S]*$", 1, Limits.EXPRESSION_CHARS_MAX),
  URL("an address or path of a Git repository", "^[!-,.-~][!-~]*$", 1, Limits.LINE_CHARS_MAX),
  REVISION("a branch, tag or commit", "^[!-,.-~][!-~]*$", 1, Limits.LINE_CHARS_MAX);

  private final String phrase;
  private final @Nullable String pattern;
  private final int minChars;
  private final int maxChars;
  private @Nullable Pattern compiled;

  TextRule(String phrase, @Nullable String pattern, int minChars, int maxChars) {
    this.phrase = phrase;
    this.pattern = pattern;
    this.minChars = minChars;
    this.maxChars = maxChars;
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
