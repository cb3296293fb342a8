package dev.stepbox.pipeline.expand;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.PARAMETER_VALUE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.UNKNOWN_PARAMETER;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.diagnostic.Suggestions;
import dev.stepbox.pipeline.model.Parameter;
import dev.stepbox.pipeline.model.Pipeline;
import dev.stepbox.pipeline.schema.Limits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Finds the value of every parameter. */
final class Parameters {
  /** Values in the order of the file; a value that does not fit is reported and left out. */
  static SequencedMap<String, String> resolve(
      Pipeline pipeline, Map<String, String> given, Findings found) {
    SequencedMap<String, String> values = new LinkedHashMap<>();
    for (Parameter parameter : pipeline.parameters()) {
      String value = given.get(parameter.name());
      values.put(
          parameter.name(),
          value != null && fits(parameter, value, found) ? value : parameter.defaultValue());
    }
    for (String name : given.keySet()) {
      if (!values.containsKey(name)) {
        reportUnknown(pipeline, name, found);
      }
    }
    return values;
  }

  private static boolean fits(Parameter parameter, String value, Findings found) {
    String expected =
        switch (parameter) {
          case Parameter.Text _ ->
              value.codePointCount(0, value.length()) <= Limits.VALUE_CHARS_MAX
                  ? ""
                  : "at most %d characters".formatted(Limits.VALUE_CHARS_MAX);
          case Parameter.Choice choice ->
              choice.choices().contains(value) ? "" : String.join(", ", choice.choices());
          case Parameter.Flag _ ->
              value.equals("true") || value.equals("false") ? "" : "true, false";
        };
    if (!expected.isEmpty()) {
      found.add(
          PARAMETER_VALUE,
          parameter.range(),
          "the parameter %s cannot be %s".formatted(quote(parameter.name()), quote(value)),
          "declared here",
          "allowed: " + expected);
    }
    return expected.isEmpty();
  }

  private static void reportUnknown(Pipeline pipeline, String name, Findings found) {
    List<String> known = new ArrayList<>();
    for (Parameter parameter : pipeline.parameters()) {
      known.add(parameter.name());
    }
    String nearest = Suggestions.nearest(name, known);
    boolean isEmpty = known.isEmpty();
    found.add(
        UNKNOWN_PARAMETER,
        isEmpty ? SourceRange.at(pipeline.file(), 1, 1) : pipeline.parameters().getFirst().range(),
        "the pipeline has no parameter %s".formatted(quote(name)),
        isEmpty ? "" : "the first of its parameters",
        nearest != null
            ? "did you mean '" + nearest + "'?"
            : isEmpty
                ? "declare it under 'parameters', or set a variable with --env"
                : "the parameters are " + String.join(", ", known));
  }

  private Parameters() {}
}
