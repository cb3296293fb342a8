package dev.stepbox.pipeline.yaml;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.DUPLICATE_KEY;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.EMPTY;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.MERGE_KEY;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.RECURSIVE_ALIAS;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.SEVERAL_DOCUMENTS;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.SYNTAX;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TAG;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_DEEP;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_MANY_ALIASES;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_MANY_VALUES;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.WRONG_TYPE;
import static dev.stepbox.pipeline.diagnostic.Quotes.quote;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import dev.stepbox.pipeline.diagnostic.Findings;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceRange;
import dev.stepbox.pipeline.schema.Limits;
import dev.stepbox.pipeline.yaml.YamlNode.Entry;
import dev.stepbox.pipeline.yaml.YamlNode.Mapping;
import dev.stepbox.pipeline.yaml.YamlNode.Scalar;
import dev.stepbox.pipeline.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Builds the tree from the scanner's events. Events rather than SnakeYAML's own nodes: depth,
 * aliases and size are limited while reading, a recursive alias cannot come into being, and the
 * classes that turn YAML into Java objects are never loaded.
 */
final class YamlReader {
  private static final String MERGE = "<<";

  private final SourceName name;
  private final Findings problems;
  private final ParserImpl events;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private int aliases;
  private long values;
  private int lastLine = 1;
  private int lastColumn = 1;

  private YamlReader(SourceName name, String text, Findings problems) {
    this.name = name;
    this.problems = problems;
    LoaderOptions options = new LoaderOptions();
    options.setProcessComments(false);
    options.setCodePointLimit(Limits.FILE_BYTES_MAX + 1);
    events = new ParserImpl(new StreamReader(text), options);
  }

  /** The root of the only document, or null if there is a problem that hides the rest. */
  static @Nullable YamlNode read(SourceName name, String text, Findings problems) {
    YamlReader reader = new YamlReader(name, text, problems);
    try {
      return reader.readStream();
    } catch (Unreadable unreadable) {
      problems.add(unreadable.diagnostic);
    } catch (MarkedYAMLException failure) {
      problems.add(SyntaxProblems.describe(name, failure));
    } catch (RuntimeException failure) {
      // SnakeYAML lets others through, for example for the tag '!%20'.
      problems.add(
          SYNTAX,
          SourceRange.at(name, reader.lastLine, reader.lastColumn),
          "cannot read the YAML after this place: " + failure.getMessage(),
          "the last thing that could be read");
    }
    return null;
  }

  private @Nullable YamlNode readStream() {
    next();
    Event event = next();
    if (event.is(Event.ID.StreamEnd)) {
      reportEmpty(SourceRange.at(name, 1, 1));
      return null;
    }
    YamlNode root = readNode(next(), 1).node;
    next();
    Event after = next();
    if (!after.is(Event.ID.StreamEnd)) {
      problems.add(
          SEVERAL_DOCUMENTS,
          start(after),
          "a second YAML document starts here",
          "a pipeline is a single document",
          "remove '---', or move what follows into a file of its own");
    }
    if (root instanceof Scalar scalar && scalar.isNull()) {
      reportEmpty(root.range());
      return null;
    }
    return root;
  }

  private void reportEmpty(SourceRange range) {
    problems.add(
        EMPTY,
        range,
        "the file is empty",
        "",
        "a pipeline starts with 'stepbox: 1' and has 'stages'");
  }

  private Event next() {
    Event event = events.getEvent();
    Mark mark = event.getStartMark();
    lastLine = mark.getLine() + 1;
    lastColumn = mark.getColumn() + 1;
    return event;
  }

  private Anchored readNode(Event event, int depth) {
    count(1, event);
    if (event instanceof AliasEvent alias) {
      return follow(alias, depth);
    }
    if (depth > Limits.DEPTH_MAX) {
      throw tooDeep(event);
    }
    String anchor = ((NodeEvent) event).getAnchor();
    Anchored open = new Anchored();
    if (anchor != null) {
      anchors.put(anchor, open);
    }
    long before = values;
    YamlNode node = readValue(event, depth, open);
    open.close(node, values - before);
    return open;
  }

  private YamlNode readValue(Event event, int depth, Anchored open) {
    if (event instanceof ScalarEvent scalar) {
      return readScalar(scalar);
    }
    if (event instanceof SequenceStartEvent sequence) {
      return readSequence(sequence, depth, open);
    }
    return readMapping((MappingStartEvent) event, depth, open);
  }

  private void count(long more, Event event) {
    values += more;
    if (values > Limits.VALUES_MAX) {
      throw new Unreadable(
          TOO_MANY_VALUES,
          start(event),
          "the file has more than %d keys and values".formatted(Limits.VALUES_MAX),
          "too many at this place",
          "aliases count with everything they stand for");
    }
  }

  private Unreadable tooDeep(Event event) {
    return new Unreadable(
        TOO_DEEP,
        start(event),
        "lists and mappings are nested more than %d deep".formatted(Limits.DEPTH_MAX),
        "too deep at this place",
        null);
  }

  private Anchored follow(AliasEvent alias, int depth) {
    SourceRange range = range(alias);
    aliases++;
    if (aliases > Limits.ALIASES_MAX) {
      throw new Unreadable(
          TOO_MANY_ALIASES,
          range,
          "the file uses more than %d aliases".formatted(Limits.ALIASES_MAX),
          "one too many",
          null);
    }
    Anchored target = anchors.get(alias.getAnchor());
    if (target == null) {
      throw new Unreadable(
          SYNTAX,
          range,
          "no anchor is called %s".formatted(quote("&" + alias.getAnchor())),
          "unknown alias",
          "a text that starts with '*' must be quoted");
    }
    if (target.node == null) {
      throw new Unreadable(
          RECURSIVE_ALIAS,
          range,
          "the alias %s stands inside the value that it names"
              .formatted(quote("*" + alias.getAnchor())),
          "a value cannot contain itself",
          null);
    }
    count(target.size, alias);
    if (depth + target.height - 1 > Limits.DEPTH_MAX) {
      throw tooDeep(alias);
    }
    return target;
  }

  private Scalar readScalar(ScalarEvent event) {
    refuseTag(event.getTag(), event);
    YamlNode.Style style =
        switch (event.getScalarStyle()) {
          case PLAIN -> YamlNode.Style.PLAIN;
          case SINGLE_QUOTED, DOUBLE_QUOTED, JSON_SCALAR_STYLE -> YamlNode.Style.QUOTED;
          case LITERAL, FOLDED -> YamlNode.Style.BLOCK;
        };
    return new Scalar(event.getValue(), style, range(event));
  }

  private Sequence readSequence(SequenceStartEvent start, int depth, Anchored open) {
    refuseTag(start.getTag(), start);
    List<YamlNode> items = new ArrayList<>();
    Event event = next();
    while (!event.is(Event.ID.SequenceEnd)) {
      Anchored item = readNode(event, depth + 1);
      open.grow(item);
      items.add(item.value());
      event = next();
    }
    SourceRange last = items.isEmpty() ? range(event) : items.getLast().range();
    return new Sequence(items, start.isFlow() ? span(start, event) : through(start, last));
  }

  private Mapping readMapping(MappingStartEvent start, int depth, Anchored open) {
    refuseTag(start.getTag(), start);
    List<Entry> entries = new ArrayList<>();
    Map<String, Scalar> seen = new HashMap<>();
    SourceRange last = SourceRange.at(name, lastLine, lastColumn);
    Event event = next();
    while (!event.is(Event.ID.MappingEnd)) {
      SourceRange keyRange = range(event);
      YamlNode key = readNode(event, depth + 1).value();
      Anchored value = readNode(next(), depth + 1);
      open.grow(value);
      last = value.value().range();
      addEntry(key, value.value(), keyRange, seen, entries);
      event = next();
    }
    return new Mapping(entries, start.isFlow() ? span(start, event) : through(start, last));
  }

  private void addEntry(
      YamlNode key,
      YamlNode value,
      SourceRange keyRange,
      Map<String, Scalar> seen,
      List<Entry> entries) {
    if (!(key instanceof Scalar scalar)) {
      problems.add(
          WRONG_TYPE,
          keyRange,
          "a key must be a text",
          "expected a text",
          "a text that starts with '[', '{' or '?' must be quoted");
      return;
    }
    if (scalar.isPlain() && scalar.text().equals(MERGE)) {
      problems.add(
          MERGE_KEY,
          keyRange,
          "merge keys ('<<') are not part of the language",
          "not merged",
          "write the keys out, or move what stages share to the level above them");
      return;
    }
    Scalar first = seen.putIfAbsent(scalar.text(), scalar);
    if (first != null) {
      problems.add(
          new Diagnostic(
              DUPLICATE_KEY,
              "the key %s occurs twice".formatted(quote(scalar.text())),
              keyRange,
              "second time",
              "remove one of them",
              List.of(new Diagnostic.Related(first.range(), "first time"))));
      return;
    }
    entries.add(new Entry(scalar, value));
  }

  private void refuseTag(@Nullable String tag, Event event) {
    if (tag != null) {
      problems.add(
          TAG,
          start(event),
          "the YAML tag %s is not part of the language".formatted(quote(tag)),
          "tag",
          "a text that starts with '!' must be quoted");
    }
  }

  private SourceRange start(Event event) {
    Mark mark = event.getStartMark();
    return SourceRange.at(name, mark.getLine() + 1, mark.getColumn() + 1);
  }

  private SourceRange range(Event event) {
    return span(event, event);
  }

  private SourceRange span(Event first, Event last) {
    Mark start = first.getStartMark();
    Mark end = last.getEndMark();
    return new SourceRange(
        name, start.getLine() + 1, start.getColumn() + 1, end.getLine() + 1, end.getColumn() + 1);
  }

  /**
   * The scanner ends a block collection where the next thing starts; ours ends with its content.
   */
  private SourceRange through(Event first, SourceRange last) {
    Mark start = first.getStartMark();
    int line = start.getLine() + 1;
    int column = start.getColumn() + 1;
    boolean isAhead =
        last.endLine() < line || (last.endLine() == line && last.endColumn() < column);
    return isAhead
        ? SourceRange.at(name, line, column)
        : new SourceRange(name, line, column, last.endLine(), last.endColumn());
  }

  /** A value under construction; it has no node until it is complete. */
  private static final class Anchored {
    private @Nullable YamlNode node;
    private long size;
    private int height = 1;

    void grow(Anchored part) {
      height = Math.max(height, part.height + 1);
    }

    void close(YamlNode complete, long parts) {
      node = complete;
      size = parts;
    }

    YamlNode value() {
      if (node == null) {
        throw new IllegalStateException("a value is used before it is complete");
      }
      return node;
    }
  }

  /** Ends the reading; caught in this class. */
  private static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Diagnostic diagnostic;

    Unreadable(
        DiagnosticCode code,
        SourceRange range,
        String message,
        String label,
        @Nullable String hint) {
      super(message, null, false, false);
      diagnostic = new Diagnostic(code, message, range, label, hint, List.of());
    }
  }
}
