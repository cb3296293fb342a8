package dev.stepbox.pipeline.yaml;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value with its place. Texts are raw: nothing is read as a number or a boolean until somebody
 * asks for one. A node that is used through an alias is the same object again. Compared by
 * identity.
 */
sealed interface YamlNode {
  SourceRange range();

  /** How a scalar is written. */
  enum Style {
    PLAIN,
    QUOTED,
    BLOCK
  }

  /** A single value. */
  final class Scalar implements YamlNode {
    private final String text;
    private final Style style;
    private final SourceRange range;

    Scalar(String text, Style style, SourceRange range) {
      this.text = text;
      this.style = style;
      this.range = range;
    }

    String text() {
      return text;
    }

    boolean isPlain() {
      return style == Style.PLAIN;
    }

    /** Whether YAML reads it as 'no value' rather than as a text. */
    boolean isNull() {
      return isPlain()
          && switch (text) {
            case "", "~", "null", "Null", "NULL" -> true;
            default -> false;
          };
    }

    @Override
    public SourceRange range() {
      return range;
    }
  }

  /** A list. */
  final class Sequence implements YamlNode {
    private final List<YamlNode> items;
    private final SourceRange range;

    Sequence(List<YamlNode> items, SourceRange range) {
      this.items = items;
      this.range = range;
    }

    List<YamlNode> items() {
      return items;
    }

    @Override
    public SourceRange range() {
      return range;
    }
  }

  /** Keys and values; no key occurs twice. */
  final class Mapping implements YamlNode {
    private final List<Entry> entries;
    private final SourceRange range;

    Mapping(List<Entry> entries, SourceRange range) {
      this.entries = entries;
      this.range = range;
    }

    List<Entry> entries() {
      return entries;
    }

    @Nullable Entry entry(String key) {
      for (Entry entry : entries) {
        if (entry.key().text().equals(key)) {
          return entry;
        }
      }
      return null;
    }

    boolean has(String key) {
      return entry(key) != null;
    }

    @Override
    public SourceRange range() {
      return range;
    }
  }

  /** A key and its value. */
  record Entry(Scalar key, YamlNode value) {
    String name() {
      return key.text();
    }
  }
}
