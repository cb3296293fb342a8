package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.AMBIGUOUS_TEXT;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.INVALID_VALUE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LIMIT;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.VERSION;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.WRONG_TYPE;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.Suggestions;
import dev.stepbox.pipeline.model.Processors;
import dev.stepbox.pipeline.schema.Limits;
import dev.stepbox.pipeline.schema.Shape;
import dev.stepbox.pipeline.schema.TextRule;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Holds single values against the language; answers whether they can be used. */
final class ScalarChecker {
  private final Findings problems;

  ScalarChecker(Findings problems) {
    this.problems = problems;
  }

  boolean check(String subject, Scalar scalar, Shape shape) {
    return switch (shape) {
      case Shape.Text text -> checkText(subject, scalar, text.rule());
      case Shape.Word word -> checkWord(subject, scalar, word);
      case Shape.Whole whole -> checkWhole(subject, scalar, whole);
      case Shape.Decimal decimal -> checkDecimal(subject, scalar, decimal);
      case Shape.Flag flag -> checkFlag(subject, scalar, flag);
      case Shape.Version version -> checkVersion(subject, scalar, version);
      case Shape.ListOf _, Shape.MapOf _, Shape.Either _, Shape.Ref _, Shape.Mapping _ ->
          throw new IllegalStateException("not the shape of a single value: " + shape.phrase());
    };
  }

  /** A key that the author chooses follows the rules of texts. */
  boolean checkKey(Scalar key, TextRule rule, String noun) {
    return checkForm("a name among the " + noun, key, rule);
  }

  private boolean checkText(String subject, Scalar scalar, TextRule rule) {
    if (scalar.isNull()) {
      problems.add(
          WRONG_TYPE,
          scalar.range(),
          subject + " has no value",
          "expected " + rule.phrase(),
          rule.minChars() == 0
              ? "write '' for an empty text"
              : rule.accepts(scalar.text()) ? "quote it if it is meant as a text" : null);
      return false;
    }
    if (scalar.isPlain() && !isText(scalar.text(), rule)) {
      problems.add(
          WRONG_TYPE,
          scalar.range(),
          "%s must be %s, not %s".formatted(subject, rule.phrase(), quote(scalar.text())),
          "to YAML, this is " + CoreTypes.of(scalar.text()).phrase(),
          hintForPlain(rule, scalar.text()));
      return false;
    }
    if (scalar.isPlain() && isFreeText(rule) && AmbiguousTexts.isAmbiguous(scalar.text())) {
      problems.add(
          AMBIGUOUS_TEXT,
          scalar.range(),
          "%s is the text %s here, but something else to other readers of YAML"
              .formatted(subject, quote(scalar.text())),
          "a plain text",
          "write \"" + scalar.text() + "\" to make it plain");
    }
    return checkForm(subject, scalar, rule);
  }

  private static boolean isText(String text, TextRule rule) {
    return switch (rule.kinds()) {
      case ANY -> true;
      case NOT_NEGATIVE -> !text.startsWith("-") && CoreTypes.of(text) != CoreTypes.BOOLEAN;
      case TEXT -> CoreTypes.of(text) == CoreTypes.TEXT;
    };
  }

  private static @Nullable String hintForPlain(TextRule rule, String text) {
    String hint = ValueHints.hint(rule, text);
    return hint == null && rule.accepts(text) ? "put it in quotes" : hint;
  }

  private static boolean isFreeText(TextRule rule) {
    return rule == TextRule.VALUE || rule == TextRule.AXIS_VALUE;
  }

  private boolean checkForm(String subject, Scalar scalar, TextRule rule) {
    String text = scalar.text();
    int chars = text.codePointCount(0, text.length());
    if (chars > rule.maxChars()) {
      problems.add(
          LIMIT,
          scalar.range(),
          "%s has %d characters, at most %d are allowed".formatted(subject, chars, rule.maxChars()),
          "too long");
      return false;
    }
    if (chars < rule.minChars() || !rule.accepts(text)) {
      problems.add(
          INVALID_VALUE,
          scalar.range(),
          "%s must be %s, not %s".formatted(subject, rule.phrase(), quote(text)),
          "",
          ValueHints.hint(rule, text));
      return false;
    }
    return switch (rule) {
      case SCRIPT -> checkBytes(subject, scalar);
      case DURATION -> checkDuration(subject, scalar);
      default -> true;
    };
  }

  private boolean checkBytes(String subject, Scalar scalar) {
    int bytes = scalar.text().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > Limits.SCRIPT_BYTES_MAX) {
      problems.add(
          LIMIT,
          scalar.range(),
          "%s has %d bytes, at most %d are allowed"
              .formatted(subject, bytes, Limits.SCRIPT_BYTES_MAX),
          "too long",
          "move it into a file of the repository and call that");
      return false;
    }
    return true;
  }

  private boolean checkDuration(String subject, Scalar scalar) {
    if (Quantities.duration(scalar.text()).toDays() >= Limits.TIMEOUT_DAYS_MAX
        && !Quantities.duration(scalar.text())
            .equals(java.time.Duration.ofDays(Limits.TIMEOUT_DAYS_MAX))) {
      problems.add(
          LIMIT,
          scalar.range(),
          "%s is longer than %d days".formatted(subject, Limits.TIMEOUT_DAYS_MAX),
          "too long");
      return false;
    }
    return true;
  }

  private boolean checkWord(String subject, Scalar scalar, Shape.Word word) {
    if (word.words().contains(scalar.text()) && !scalar.isNull()) {
      return true;
    }
    String instead = word.foreign().get(scalar.text());
    String nearest = instead == null ? Suggestions.nearest(scalar.text(), word.words()) : null;
    problems.add(
        INVALID_VALUE,
        scalar.range(),
        "%s must be %s, not %s".formatted(subject, word.phrase(), quote(scalar.text())),
        "",
        nearest == null ? instead : "did you mean '" + nearest + "'?");
    return false;
  }

  private boolean checkWhole(String subject, Scalar scalar, Shape.Whole whole) {
    String text = scalar.text();
    if (!isNumber(text)) {
      return refuseType(subject, scalar, whole, null);
    }
    if (!scalar.isPlain()) {
      return refuseType(subject, scalar, whole, "remove the quotes");
    }
    boolean isInRange =
        text.length() <= 9
            && text.indexOf('.') < 0
            && Integer.parseInt(text) >= whole.min()
            && Integer.parseInt(text) <= whole.max();
    return isInRange || refuseValue(subject, scalar, whole);
  }

  private boolean checkDecimal(String subject, Scalar scalar, Shape.Decimal decimal) {
    String text = scalar.text();
    if (!isNumber(text)) {
      return refuseType(subject, scalar, decimal, cpuHint(text));
    }
    if (!scalar.isPlain()) {
      return refuseType(subject, scalar, decimal, "remove the quotes");
    }
    int dot = text.indexOf('.');
    boolean isInRange =
        text.length() <= 9
            && (dot < 0 || text.length() - dot <= 4)
            && Quantities.thousandths(text) >= decimal.minThousandths()
            && Quantities.thousandths(text) <= 1000L * decimal.max();
    return isInRange || refuseValue(subject, scalar, decimal);
  }

  private static @Nullable String cpuHint(String text) {
    String milli = text.endsWith("m") ? text.substring(0, text.length() - 1) : "";
    if (milli.isEmpty() || milli.length() > 6 || !isNumber(milli) || milli.indexOf('.') >= 0) {
      return null;
    }
    int thousandths = Integer.parseInt(milli);
    return thousandths == 0 ? null : "did you mean " + new Processors(thousandths) + "?";
  }

  /** Decimal digits, perhaps with a fraction; no sign, no leading zero, no exponent. */
  private static boolean isNumber(String text) {
    int dots = 0;
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      if (character == '.') {
        dots++;
      } else if (character < '0' || character > '9') {
        return false;
      }
    }
    boolean hasLeadingZero = text.length() > 1 && text.startsWith("0") && !text.startsWith("0.");
    return !text.isEmpty()
        && dots <= 1
        && !text.startsWith(".")
        && !text.endsWith(".")
        && !hasLeadingZero;
  }

  private boolean checkFlag(String subject, Scalar scalar, Shape.Flag flag) {
    return switch (scalar.text()) {
      case "true", "True", "TRUE", "false", "False", "FALSE" ->
          scalar.isPlain() || refuseType(subject, scalar, flag, "remove the quotes");
      case "yes", "Yes", "YES", "on", "On", "ON", "1" ->
          refuseType(subject, scalar, flag, "did you mean 'true'?");
      case "no", "No", "NO", "off", "Off", "OFF", "0" ->
          refuseType(subject, scalar, flag, "did you mean 'false'?");
      default -> refuseType(subject, scalar, flag, null);
    };
  }

  private boolean checkVersion(String subject, Scalar scalar, Shape.Version version) {
    String number = Integer.toString(version.number());
    if (scalar.isPlain() && scalar.text().equals(number)) {
      return true;
    }
    if (isNumber(scalar.text()) && !scalar.text().equals(number)) {
      problems.add(
          VERSION,
          scalar.range(),
          "version %s of the language is not known".formatted(quote(scalar.text())),
          "this Stepbox reads version " + number,
          "write 'stepbox: " + number + "', or use a newer Stepbox");
      return false;
    }
    return refuseType(subject, scalar, version, "write 'stepbox: " + number + "'");
  }

  private boolean refuseType(String subject, Scalar scalar, Shape shape, @Nullable String hint) {
    String found = scalar.isNull() ? "no value" : quote(scalar.text());
    problems.add(
        WRONG_TYPE,
        scalar.range(),
        "%s must be %s, not %s".formatted(subject, shape.phrase(), found),
        "",
        hint);
    return false;
  }

  private boolean refuseValue(String subject, Scalar scalar, Shape shape) {
    problems.add(
        INVALID_VALUE,
        scalar.range(),
        "%s must be %s, not %s".formatted(subject, shape.phrase(), quote(scalar.text())),
        "");
    return false;
  }
}
