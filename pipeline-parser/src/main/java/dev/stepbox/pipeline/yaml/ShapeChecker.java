package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.CONFLICTING_KEYS;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.DUPLICATE_VALUE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.INVALID_VALUE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LIMIT;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.MISPLACED_KEY;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.MISSING_KEY;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.NOT_SUPPORTED_YET;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.UNKNOWN_KEY;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.WRONG_TYPE;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.diagnostic.Suggestions;
import dev.stepbox.pipeline.schema.Key;
import dev.stepbox.pipeline.schema.Language;
import dev.stepbox.pipeline.schema.Shape;
import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import dev.stepbox.pipeline.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds a tree against the language and reports everything that does not fit. Values that cannot be
 * used are remembered, so that the model can be built from the rest and the remaining checks see as
 * much as possible.
 */
final class ShapeChecker {
  private final Findings problems;
  private final ScalarChecker scalars;
  private final Set<YamlNode> unusable = Collections.newSetFromMap(new IdentityHashMap<>());

  ShapeChecker(Findings problems) {
    this.problems = problems;
    this.scalars = new ScalarChecker(problems);
  }

  boolean isUsable(YamlNode node) {
    return !unusable.contains(node);
  }

  void check(String subject, YamlNode node, Shape shape) {
    switch (shape) {
      case Shape.Ref ref -> check(subject, node, Language.resolve(ref));
      case Shape.Either either -> checkEither(subject, node, either);
      case Shape.ListOf list -> {
        if (node instanceof Sequence sequence) {
          checkList(subject, sequence, list);
        } else {
          refuse(subject, node, shape);
        }
      }
      case Shape.MapOf map -> {
        if (node instanceof Mapping mapping) {
          checkMap(subject, mapping, map);
        } else {
          refuse(subject, node, shape);
        }
      }
      case Shape.Mapping known -> {
        if (node instanceof Mapping mapping) {
          checkMapping(subject, mapping, known);
        } else {
          refuse(subject, node, shape);
        }
      }
      case Shape.Text _,
          Shape.Word _,
          Shape.Whole _,
          Shape.Decimal _,
          Shape.Flag _,
          Shape.Version _ -> {
        if (!(node instanceof Scalar scalar)) {
          refuse(subject, node, shape);
        } else if (!scalars.check(subject, scalar, shape)) {
          unusable.add(node);
        }
      }
    }
  }

  private void checkEither(String subject, YamlNode node, Shape.Either either) {
    for (Shape shape : either.shapes()) {
      if (isSameKind(node, shape)) {
        check(subject, node, shape);
        return;
      }
    }
    refuse(subject, node, either);
  }

  private static boolean isSameKind(YamlNode node, Shape shape) {
    return switch (shape) {
      case Shape.ListOf _ -> node instanceof Sequence;
      case Shape.MapOf _, Shape.Mapping _, Shape.Ref _ -> node instanceof Mapping;
      case Shape.Text _,
          Shape.Word _,
          Shape.Whole _,
          Shape.Decimal _,
          Shape.Flag _,
          Shape.Version _ ->
          node instanceof Scalar;
      case Shape.Either _ -> true;
    };
  }

  private void refuse(String subject, YamlNode node, Shape shape) {
    unusable.add(node);
    problems.add(
        WRONG_TYPE,
        node.range(),
        "%s must be %s, not %s".formatted(subject, expected(shape), kind(node)),
        "",
        example(node, shape));
  }

  private static String expected(Shape shape) {
    return switch (shape) {
      case Shape.Mapping _, Shape.Ref _ -> shape.phrase() + " (a mapping)";
      case Shape.Text _,
          Shape.Word _,
          Shape.Whole _,
          Shape.Decimal _,
          Shape.Flag _,
          Shape.Version _,
          Shape.ListOf _,
          Shape.MapOf _,
          Shape.Either _ ->
          shape.phrase();
    };
  }

  private static String kind(YamlNode node) {
    return switch (node) {
      case Scalar scalar -> scalar.isNull() ? "empty" : "the text " + quote(scalar.text());
      case Sequence _ -> "a list";
      case Mapping _ -> "a mapping";
    };
  }

  private static @Nullable String example(YamlNode node, Shape shape) {
    return switch (shape) {
      case Shape.Mapping mapping -> {
        String instead = node instanceof Scalar text ? mapping.inPlace().get(text.text()) : null;
        yield instead == null ? "for example '" + mapping.example() + "'" : instead;
      }
      case Shape.Ref ref -> example(node, Language.resolve(ref));
      case Shape.ListOf list -> {
        Scalar only = list.item() instanceof Shape.Text ? onlyValue(node) : null;
        yield only == null
            ? "start each of the " + list.noun() + " with '- '"
            : "write " + quote("[" + only.text() + "]");
      }
      case Shape.MapOf map ->
          map.value() instanceof Shape.ListOf
              ? "for example 'NAME: [value, value]'"
              : "for example 'NAME: value'";
      case Shape.Either either -> example(node, either.shapes().getLast());
      case Shape.Text _,
          Shape.Word _,
          Shape.Whole _,
          Shape.Decimal _,
          Shape.Flag _,
          Shape.Version _ ->
          null;
    };
  }

  /** What a list of one would hold: the value itself, or that of a mapping's only key. */
  private static @Nullable Scalar onlyValue(YamlNode node) {
    return switch (node) {
      case Scalar scalar -> scalar.isNull() ? null : scalar;
      case Mapping mapping ->
          mapping.entries().size() == 1 && mapping.entries().getFirst().value() instanceof Scalar
              ? onlyValue(mapping.entries().getFirst().value())
              : null;
      case Sequence _ -> null;
    };
  }

  private void checkList(String subject, Sequence sequence, Shape.ListOf list) {
    List<YamlNode> items = sequence.items();
    if (items.size() < list.min()) {
      unusable.add(sequence);
      problems.add(
          INVALID_VALUE,
          sequence.range(),
          "%s is an empty list of %s".formatted(subject, list.noun()),
          "expected at least " + list.min());
    }
    if (items.size() > list.max()) {
      unusable.add(sequence);
      problems.add(
          LIMIT,
          items.get(list.max()).range(),
          "%s has %d %s, at most %d are allowed"
              .formatted(subject, items.size(), list.noun(), list.max()),
          "the first one too many");
      return;
    }
    String itemSubject = "an item of " + subject;
    for (YamlNode item : items) {
      check(itemSubject, item, list.item());
    }
    switch (list.repetition()) {
      case ALLOWED -> {}
      case REFUSED -> checkRepetition(subject, items);
    }
  }

  private void checkRepetition(String subject, List<YamlNode> items) {
    Map<String, Scalar> seen = new HashMap<>();
    for (YamlNode item : items) {
      if (item instanceof Scalar scalar && isUsable(scalar)) {
        Scalar first = seen.putIfAbsent(scalar.text(), scalar);
        if (first != null) {
          problems.add(
              new Diagnostic(
                  DUPLICATE_VALUE,
                  "%s has %s twice".formatted(subject, quote(scalar.text())),
                  scalar.range(),
                  "second time",
                  "remove one of them",
                  List.of(new Diagnostic.Related(first.range(), "first time"))));
        }
      }
    }
  }

  private void checkMap(String subject, Mapping mapping, Shape.MapOf map) {
    List<Entry> entries = mapping.entries();
    if (entries.size() < map.min()) {
      unusable.add(mapping);
      problems.add(
          INVALID_VALUE,
          mapping.range(),
          "%s is an empty mapping of %s".formatted(subject, map.noun()),
          "expected at least " + map.min());
    }
    if (entries.size() > map.max()) {
      unusable.add(mapping);
      problems.add(
          LIMIT,
          entries.get(map.max()).key().range(),
          "%s has %d %s, at most %d are allowed"
              .formatted(subject, entries.size(), map.noun(), map.max()),
          "the first one too many");
      return;
    }
    for (Entry entry : entries) {
      if (!scalars.checkKey(entry.key(), map.key(), map.noun())) {
        unusable.add(entry.key());
      }
      check(quote(entry.name()), entry.value(), map.value());
    }
  }

  private void checkMapping(String subject, Mapping mapping, Shape.Mapping known) {
    List<String> meant = new ArrayList<>();
    boolean isDoubtful = false;
    for (Entry entry : mapping.entries()) {
      Key key = known.key(entry.name());
      if (key != null) {
        check(quote(entry.name()), entry.value(), key.shape());
      } else {
        isDoubtful = true;
        String suggestion = refuseKey(entry, known);
        if (suggestion != null) {
          meant.add(suggestion);
        }
      }
    }
    for (Key key : known.keys()) {
      if (key.presence() == Key.Presence.REQUIRED
          && !mapping.has(key.name())
          && !meant.contains(key.name())) {
        reportMissing(mapping, known, quote(key.name()));
      }
    }
    if (mapping.entries().size() < known.min()) {
      problems.add(
          INVALID_VALUE,
          mapping.range(),
          "%s is empty".formatted(subject),
          "expected " + known.phrase(),
          "for example '" + known.example() + "'");
    }
    for (Shape.Constraint constraint : known.constraints()) {
      checkConstraint(mapping, known, constraint, isDoubtful);
    }
  }

  private void reportMissing(Mapping mapping, Shape.Mapping known, String missing) {
    problems.add(
        MISSING_KEY,
        place(mapping),
        "%s needs the key %s".formatted(known.phrase(), missing),
        "it is missing here",
        "for example '" + known.example() + "'");
  }

  /** The first key of a mapping: short enough to be underlined. */
  private static SourceRange place(Mapping mapping) {
    return mapping.entries().isEmpty()
        ? mapping.range()
        : mapping.entries().getFirst().key().range();
  }

  /** Reports a key and answers with the known key that was probably meant. */
  private @Nullable String refuseKey(Entry entry, Shape.Mapping known) {
    if (problems.isFull()) {
      return null; // looking for what was meant is the slowest part
    }
    String name = entry.name();
    SourceRange range = entry.key().range();
    if (known.planned().contains(name)) {
      problems.add(
          NOT_SUPPORTED_YET,
          range,
          "%s is not supported yet in %s".formatted(quote(name), known.phrase()),
          "a known word, without effect so far",
          "remove it");
      return null;
    }
    String instead = known.misplaced().get(name);
    if (instead != null) {
      problems.add(
          MISPLACED_KEY,
          range,
          "%s is not a key of %s".formatted(quote(name), known.phrase()),
          "misplaced",
          instead);
      return null;
    }
    String translation = known.foreign().get(name);
    List<String> words = new ArrayList<>();
    for (Key key : known.keys()) {
      words.add(key.name());
    }
    String nearest = translation == null ? Suggestions.nearest(name, words) : null;
    problems.add(
        UNKNOWN_KEY,
        range,
        "%s has no key %s".formatted(known.phrase(), quote(name)),
        "unknown",
        translation != null
            ? "write " + translation
            : nearest != null
                ? "did you mean '" + nearest + "'?"
                : "the keys are " + String.join(", ", words));
    if (translation != null) {
      for (String word : words) {
        if (translation.startsWith("'" + word + "'") || translation.startsWith("'" + word + ":")) {
          return word;
        }
      }
    }
    return nearest;
  }

  private void checkConstraint(
      Mapping mapping, Shape.Mapping known, Shape.Constraint constraint, boolean isDoubtful) {
    switch (constraint) {
      case Shape.Constraint.ExactlyOne one -> {
        Entry first = null;
        for (Entry entry : mapping.entries()) {
          if (!one.keys().contains(entry.name())) {
            continue;
          }
          if (first != null) {
            reportConflict(entry, first, known, "keep one of them, or make two of it");
            return;
          }
          first = entry;
        }
        if (first == null && !isDoubtful) {
          reportMissing(mapping, known, alternatives(one.keys()));
        }
      }
      case Shape.Constraint.Requires requires -> {
        Entry entry = mapping.entry(requires.key());
        boolean isMet = hasAny(mapping, requires.oneOf());
        if (entry != null && !isMet && !isDoubtful) {
          problems.add(
              CONFLICTING_KEYS,
              entry.key().range(),
              "%s goes with %s only".formatted(quote(entry.name()), alternatives(requires.oneOf())),
              "without it, this has no effect",
              "remove it");
        }
      }
      case Shape.Constraint.Excludes excludes -> {
        Entry key = mapping.entry(excludes.key());
        Entry other = mapping.entry(excludes.other());
        if (key != null && other != null) {
          reportConflict(other, key, known, excludes.reason());
        }
      }
    }
  }

  private static boolean hasAny(Mapping mapping, List<String> keys) {
    for (String key : keys) {
      if (mapping.has(key)) {
        return true;
      }
    }
    return false;
  }

  private void reportConflict(Entry entry, Entry first, Shape.Mapping known, String hint) {
    problems.add(
        new Diagnostic(
            CONFLICTING_KEYS,
            "%s cannot have both %s and %s"
                .formatted(known.phrase(), quote(first.name()), quote(entry.name())),
            entry.key().range(),
            "does not go with the other",
            hint,
            List.of(new Diagnostic.Related(first.key().range(), "the other"))));
  }

  private static String alternatives(List<String> keys) {
    StringBuilder all = new StringBuilder();
    for (int at = 0; at < keys.size(); at++) {
      if (at > 0) {
        all.append(at == keys.size() - 1 ? " or " : ", ");
      }
      all.append(quote(keys.get(at)));
    }
    return all.toString();
  }
}
