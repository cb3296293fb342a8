package dev.stepbox.pipeline.expand;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.INVALID_VALUE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LIMIT;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.schema.Limits;
import dev.stepbox.pipeline.schema.TextRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Replaces references in variables and image names. */
final class SettingResolver {
  private final Findings found;
  private final Budget budget;

  SettingResolver(Findings found, Budget budget) {
    this.found = found;
    this.budget = budget;
  }

  /**
   * The variables of a level over those of the level around it; the outer ones are not copied if
   * nothing is added.
   */
  SequencedMap<String, String> over(
      SequencedMap<String, String> outer, SequencedMap<String, String> own, SourceRange range) {
    return own.isEmpty() ? outer : over(outer, own, Map.of(), range);
  }

  /** The same, but where {@code winning} has a variable, its value is taken as it stands. */
  SequencedMap<String, String> over(
      SequencedMap<String, String> outer,
      SequencedMap<String, String> own,
      Map<String, String> winning,
      SourceRange range) {
    budget.spend(outer.size() + own.size());
    SequencedMap<String, String> variables = new LinkedHashMap<>(outer);
    for (Map.Entry<String, String> variable : own.entrySet()) {
      String value = winning.get(variable.getKey());
      if (value == null) {
        value = resolve(variable.getValue(), variables, range);
      }
      variables.put(variable.getKey(), value);
    }
    return FrozenVariables.copyOf(variables);
  }

  private String resolve(String text, Map<String, String> variables, SourceRange range) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    Template template = Template.of(text);
    for (String name : template.missing(variables)) {
      throw new IllegalArgumentException(
          "'%s' refers to '%s', which is not declared: parse the pipeline first"
              .formatted(text, name));
    }
    String resolved = template.resolve(variables, Limits.VALUE_CHARS_MAX);
    if (resolved == null) {
      found.add(
          LIMIT,
          range,
          "a value has more than %d characters after its references are replaced"
              .formatted(Limits.VALUE_CHARS_MAX),
          "in this part",
          "refer to fewer or shorter variables");
      return "";
    }
    budget.spendText(resolved);
    return resolved;
  }

  /** The image of a level, or that of the level around it. */
  ImageRef image(
      @Nullable ImageRef own, ImageRef outer, Map<String, String> variables, SourceRange range) {
    if (own == null) {
      return outer;
    }
    String text = own.toString();
    String resolved = resolve(text, variables, range);
    if (resolved.equals(text)) {
      return own;
    }
    if (resolved.length() > TextRule.IMAGE.maxChars() || !TextRule.IMAGE.accepts(resolved)) {
      found.add(
          INVALID_VALUE,
          range,
          "the image %s becomes %s, which is not an image".formatted(quote(text), quote(resolved)),
          "in this part",
          "an image is host, a name such as debian:bookworm, oci:DIR, docker-archive:FILE or "
              + "rootfs:FILE");
      return own;
    }
    return ImageRef.parse(resolved);
  }
}
