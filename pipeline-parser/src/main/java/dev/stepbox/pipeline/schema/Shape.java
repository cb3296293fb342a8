package dev.stepbox.pipeline.schema;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** The type of a value in a pipeline. */
public sealed interface Shape {
  /** What is expected, as a person would say it. */
  String phrase();

  /** The version of the language. */
  record Version(int number) implements Shape {
    @Override
    public String phrase() {
      return "the version " + number;
    }
  }

  /** A text; a plain number or {@code true} counts as the text that stands in the file. */
  record Text(TextRule rule) implements Shape {
    @Override
    public String phrase() {
      return rule.phrase();
    }
  }

  /**
   * One of a few words.
   *
   * @param foreign words of other tools, with what to do instead
   */
  record Word(List<String> words, Map<String, String> foreign) implements Shape {
    public Word {
      words = List.copyOf(words);
      foreign = Map.copyOf(foreign);
    }

    Word(List<String> words) {
      this(words, Map.of());
    }

    @Override
    public String phrase() {
      return words.size() == 1 ? words.getFirst() : "one of " + String.join(", ", words);
    }
  }

  /** A whole number. */
  record Whole(int min, int max) implements Shape {
    @Override
    public String phrase() {
      return "a whole number from " + min + " to " + max;
    }
  }

  /** A number with at most three decimals, of at least so many thousandths. */
  record Decimal(int minThousandths, int max) implements Shape {
    @Override
    public String phrase() {
      return "a number from " + minThousandths / 1000.0 + " to " + max + ", such as 0.5 or 2";
    }
  }

  /** {@code true} or {@code false}. */
  record Flag() implements Shape {
    @Override
    public String phrase() {
      return "true or false";
    }
  }

  /**
   * A list.
   *
   * @param noun what its items are called, plural
   */
  record ListOf(Shape item, int min, int max, Repetition repetition, String noun) implements Shape {
    @Override
    public String phrase() {
      return "a list of " + noun;
    }
  }

  /** Whether the same item may occur twice in a list. */
  enum Repetition {
    ALLOWED,
    REFUSED
  }

  /**
   * A mapping whose keys the author chooses.
   *
   * @param noun what its keys are called, plural
   */
  record MapOf(TextRule key, Shape value, int min, int max, String noun) implements Shape {
    @Override
    public String phrase() {
      return "a mapping of " + noun;
    }
  }

  /** Alternatives that differ in kind: at most one scalar, one list and one mapping. */
  record Either(List<Shape> shapes) implements Shape {
    public Either {
      shapes = List.copyOf(shapes);
    }

    @Override
    public String phrase() {
      List<String> phrases = new ArrayList<>();
      for (Shape shape : shapes) {
        phrases.add(shape.phrase());
      }
      return String.join(", or ", phrases);
    }
  }

  /** A mapping that is described elsewhere, so that mappings can contain themselves. */
  record Ref(String definition, String phrase) implements Shape {}

  /**
   * A mapping with known keys.
   *
   * @param name the name of its definition
   * @param phrase what it is called, with an article
   * @param planned words that are known but not supported yet
   * @param misplaced words that belong elsewhere, with what to do instead
   * @param foreign words of other tools, with what to write instead
   * @param inPlace texts that other tools have where the mapping stands, with what to do instead
   */
  record Mapping(
      String name,
      String phrase,
      List<Key> keys,
      int min,
      List<Constraint> constraints,
      SequencedSet<String> planned,
      SequencedMap<String, String> misplaced,
      SequencedMap<String, String> foreign,
      Map<String, String> inPlace,
      @Nullable String example)
      implements Shape {
    public Mapping {
      keys = List.copyOf(keys);
      constraints = List.copyOf(constraints);
      planned = Collections.unmodifiableSequencedSet(new LinkedHashSet<>(planned));
      misplaced = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(misplaced));
      foreign = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(foreign));
      inPlace = Map.copyOf(inPlace);
    }

    /** The key of that name, or null. */
    public @Nullable Key key(String name) {
      for (Key key : keys) {
        if (key.name().equals(name)) {
          return key;
        }
      }
      return null;
    }

    static Builder builder(String name, String phrase) {
      return new Builder(name, phrase);
    }

    /** Collects the parts of a mapping. */
    static final class Builder {
      private final String name;
      private final String phrase;
      private final List<Key> keys = new ArrayList<>();
      private final List<Constraint> constraints = new ArrayList<>();
      private final SequencedSet<String> planned = new LinkedHashSet<>();
      private final SequencedMap<String, String> misplaced = new LinkedHashMap<>();
      private final SequencedMap<String, String> foreign = new LinkedHashMap<>();
      private final Map<String, String> inPlace = new LinkedHashMap<>();
      private int min;
      private @Nullable String example;

      private Builder(String name, String phrase) {
        this.name = name;
        this.phrase = phrase;
      }

      Builder required(String key, Shape shape, String description) {
        keys.add(Key.required(key, shape, description));
        return this;
      }

      Builder optional(String key, Shape shape, String defaultText, String description) {
        keys.add(Key.optional(key, shape, defaultText, description));
        return this;
      }

      Builder min(int count) {
        min = count;
        return this;
      }

      Builder exactlyOne(String... names) {
        constraints.add(new Constraint.ExactlyOne(List.of(names)));
        return this;
      }

      Builder requires(String key, String... oneOf) {
        constraints.add(new Constraint.Requires(key, List.of(oneOf)));
        return this;
      }

      Builder excludes(String key, String other, String reason) {
        constraints.add(new Constraint.Excludes(key, other, reason));
        return this;
      }

      Builder planned(String... words) {
        planned.addAll(List.of(words));
        return this;
      }

      Builder misplaced(String instead, String... words) {
        for (String word : words) {
          misplaced.put(word, instead);
        }
        return this;
      }

      Builder foreign(String word, String instead) {
        foreign.put(word, instead);
        return this;
      }

      Builder inPlace(String text, String instead) {
        inPlace.put(text, instead);
        return this;
      }

      Builder example(String text) {
        example = text;
        return this;
      }

      Mapping build() {
        return new Mapping(
            name, phrase, keys, min, constraints, planned, misplaced, foreign, inPlace, example);
      }
    }
  }

  /** A rule about the keys of one mapping. */
  sealed interface Constraint {
    /** Exactly one of these keys is there. */
    record ExactlyOne(List<String> keys) implements Constraint {}

    /** The key needs at least one of the others beside it. */
    record Requires(String key, List<String> oneOf) implements Constraint {}

    /** The two keys do not go together. */
    record Excludes(String key, String other, String reason) implements Constraint {}
  }
}
