package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.INVALID_VALUE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.UNKNOWN_VARIABLE;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.Suggestions;
import dev.stepbox.pipeline.expand.Template;
import dev.stepbox.pipeline.model.Caps;
import dev.stepbox.pipeline.model.DataSize;
import dev.stepbox.pipeline.model.ImageRef;
import dev.stepbox.pipeline.model.Isolation;
import dev.stepbox.pipeline.model.Options;
import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Builds the settings that occur at several levels, and checks their references. */
final class SettingsBuilder {
  private final Findings problems;
  private final ShapeChecker checker;

  SettingsBuilder(Findings problems, ShapeChecker checker) {
    this.problems = problems;
    this.checker = checker;
  }

  /** The variables of a level, which are declared in {@code scope} one after the other. */
  SequencedMap<String, String> environment(Fields fields, Scope scope) {
    SequencedMap<String, String> variables = new LinkedHashMap<>();
    Mapping mapping = fields.mapping("environment");
    if (mapping == null) {
      return variables;
    }
    for (Entry entry : mapping.entries()) {
      if (entry.value() instanceof Scalar value && checker.isUsable(value)) {
        checkReferences(value, scope);
        variables.put(entry.name(), value.text());
      }
      scope.declare(entry.name());
    }
    return variables;
  }

  private void checkReferences(Scalar value, Scope scope) {
    Template template = Template.of(value.text());
    Template.Malformed malformed = template.malformed();
    if (malformed != null) {
      problems.add(
          INVALID_VALUE,
          Places.within(value, malformed.start(), malformed.end()),
          "this is not a reference of the form '${NAME}'",
          "",
          "write '$$' for a dollar sign; leave what the shell should compute to the script");
    }
    for (Template.Reference reference : template.references()) {
      if (!scope.knows(reference.name())) {
        List<String> known = scope.all();
        String nearest = Suggestions.nearest(reference.name(), known);
        problems.add(
            UNKNOWN_VARIABLE,
            Places.within(value, reference.start(), reference.end()),
            "no variable %s is declared before this place".formatted(quote(reference.name())),
            "unknown",
            nearest != null
                ? "did you mean '${" + nearest + "}'?"
                : "variables of the image, such as PATH, are known to the script only; "
                    + "write '$$' for a dollar sign");
      }
    }
  }

  /** The image of an {@code agent}, or null. */
  @Nullable ImageRef agentImage(Fields fields, Scope scope) {
    Fields agent = fields.fields("agent");
    return agent == null ? null : image(agent, scope);
  }

  /** The image of a step or agent, or null. */
  @Nullable ImageRef image(Fields fields, Scope scope) {
    Scalar image = fields.scalar("image");
    if (image == null) {
      return null;
    }
    checkReferences(image, scope);
    return ImageRef.parse(image.text());
  }

  Caps caps(Fields fields) {
    Fields caps = fields.fields("caps");
    if (caps == null) {
      return Caps.INHERITED;
    }
    String cpu = caps.text("cpu");
    return new Caps(
        cpu == null ? null : Quantities.processors(cpu),
        size(caps.text("memory")),
        caps.whole("pids"),
        size(caps.text("disk")));
  }

  private static @Nullable DataSize size(@Nullable String text) {
    return text == null ? null : Quantities.size(text);
  }

  /** What a level says of it, or null. */
  @Nullable Isolation isolation(Fields fields) {
    String word = fields.text("isolation");
    if (word == null) {
      return null;
    }
    return word.equals("vm") ? Isolation.VM : Isolation.CONTAINER;
  }

  Options options(Fields fields) {
    Fields options = fields.fields("options");
    return options == null ? Options.NONE : new Options(timeout(options));
  }

  @Nullable Duration timeout(Fields fields) {
    String timeout = fields.text("timeout");
    return timeout == null ? null : Quantities.duration(timeout);
  }
}
