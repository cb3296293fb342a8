package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import dev.stepbox.pipeline.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of a mapping that passed the check; what did not pass counts as absent. */
final class Fields {
  private final Mapping mapping;
  private final ShapeChecker checker;

  Fields(Mapping mapping, ShapeChecker checker) {
    this.mapping = mapping;
    this.checker = checker;
  }

  /** The value, whatever its kind. */
  @Nullable YamlNode node(String key) {
    Entry entry = mapping.entry(key);
    return entry != null && checker.isUsable(entry.value()) ? entry.value() : null;
  }

  @Nullable Scalar scalar(String key) {
    return node(key) instanceof Scalar scalar ? scalar : null;
  }

  @Nullable String text(String key) {
    Scalar scalar = scalar(key);
    return scalar == null ? null : scalar.text();
  }

  @Nullable Integer whole(String key) {
    String text = text(key);
    return text == null ? null : Integer.valueOf(text);
  }

  boolean isTrue(String key) {
    String text = text(key);
    return text != null && text.equalsIgnoreCase("true");
  }

  @Nullable Mapping mapping(String key) {
    return node(key) instanceof Mapping inner ? inner : null;
  }

  /** The fields of an inner mapping, or null. */
  @Nullable Fields fields(String key) {
    Mapping inner = mapping(key);
    return inner == null ? null : new Fields(inner, checker);
  }

  @Nullable Sequence sequence(String key) {
    return node(key) instanceof Sequence sequence ? sequence : null;
  }

  /** A single text as a list of one, a list of texts as it is; empty if absent. */
  List<Scalar> scalars(String key) {
    YamlNode node = node(key);
    return node == null ? List.of() : scalarsOf(node, checker);
  }

  List<String> texts(String key) {
    return textsOf(scalars(key));
  }

  static List<Scalar> scalarsOf(YamlNode node, ShapeChecker checker) {
    List<Scalar> scalars = new ArrayList<>();
    switch (node) {
      case Scalar scalar -> scalars.add(scalar);
      case Sequence sequence -> {
        for (YamlNode item : sequence.items()) {
          if (item instanceof Scalar scalar && checker.isUsable(scalar)) {
            scalars.add(scalar);
          }
        }
      }
      case Mapping _ -> {}
    }
    return scalars;
  }

  static List<String> textsOf(List<Scalar> scalars) {
    List<String> texts = new ArrayList<>();
    for (Scalar scalar : scalars) {
      texts.add(scalar.text());
    }
    return texts;
  }
}
