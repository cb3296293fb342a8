package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.schema.Key;
import dev.stepbox.pipeline.schema.Language;
import dev.stepbox.pipeline.schema.Limits;
import dev.stepbox.pipeline.schema.Shape;
import dev.stepbox.pipeline.schema.TextRule;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of the reference page are written from the language itself. */
class ReferencePageTest {
  private static final Path PAGE = Path.of("../docs/reference/pipeline.md");
  private static final String END = "<!-- end -->";

  /** What each limit is about; the numbers come from the code. */
  private static final Map<String, String> LIMITS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("FILE_BYTES_MAX", "bytes of the file"),
              Map.entry("LINE_BYTES_MAX", "bytes of one line"),
              Map.entry("DEPTH_MAX", "lists and mappings inside each other"),
              Map.entry("ALIASES_MAX", "uses of YAML aliases"),
              Map.entry("VALUES_MAX", "keys and values, aliases followed"),
              Map.entry("DIAGNOSTICS_MAX", "errors that are reported, and as many warnings"),
              Map.entry(
                  "EXPANDED_STAGES_MAX",
                  "stages of a build, each branch and each cell counted, excluded cells too"),
              Map.entry(
                  "EXPANDED_SIZE_MAX",
                  "size of the expanded build: stages, steps, variables, and each 64 characters"
                      + " of values made by references"),
              Map.entry("BRANCHES_MAX", "branches of a parallel stage"),
              Map.entry("STEPS_MAX", "steps of a stage, or of a post condition"),
              Map.entry("AXES_MAX", "axes of a matrix"),
              Map.entry("AXIS_VALUES_MAX", "values of an axis"),
              Map.entry("CELLS_MAX", "cells of a matrix, excluded ones counted"),
              Map.entry("EXCLUDES_MAX", "excludes of a matrix"),
              Map.entry("NEEDS_MAX", "needs of a stage"),
              Map.entry("CONDITIONS_MAX", "conditions of an `allOf` or `anyOf`"),
              Map.entry("PARAMETERS_MAX", "parameters of a pipeline, choices of a parameter"),
              Map.entry("VARIABLES_MAX", "variables of one `environment`"),
              Map.entry(
                  "VALUE_CHARS_MAX",
                  "characters of a variable's value, before and after references are replaced"),
              Map.entry("SCRIPT_BYTES_MAX", "bytes of a script"),
              Map.entry(
                  "NAME_CHARS_MAX", "characters of a name, of a variable's name, of an axis value"),
              Map.entry("LINE_CHARS_MAX", "characters of a pattern, path, image, url, description"),
              Map.entry("PATTERNS_MAX", "patterns of an `archive` or `stash`"),
              Map.entry("CACHES_MAX", "directories of a step's `cache`"),
              Map.entry("EXPRESSION_CHARS_MAX", "characters of an expression"),
              Map.entry("CPU_MIN_THOUSANDTHS", "thousandths of a processor in `caps`, at least"),
              Map.entry("CPU_MAX", "processors in `caps`"),
              Map.entry("PIDS_MAX", "processes in `caps`"),
              Map.entry("CHECKOUT_DEPTH_MAX", "commits in `depth` of a checkout"),
              Map.entry("TIMEOUT_DAYS_MAX", "days of a timeout")));

  @Test
  void theTablesAreUpToDate() throws IOException {
    List<String> page = new ArrayList<>();
    boolean isInTable = false;
    for (String line : Files.readAllLines(PAGE)) {
      if (line.equals(END)) {
        isInTable = false;
      }
      if (!isInTable) {
        page.add(line);
      }
      if (line.startsWith("<!-- keys: ")) {
        page.addAll(keys(line.substring(11, line.length() - 4)));
        isInTable = true;
      } else if (line.equals("<!-- limits -->")) {
        page.addAll(limits());
        isInTable = true;
      }
    }
    Golden.verify(PAGE, String.join("\n", page) + "\n");
  }

  static List<Shape.Mapping> definitions() {
    return Language.definitions();
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void everyDefinitionHasASection(Shape.Mapping mapping) throws IOException {
    assertThat(Files.readAllLines(PAGE))
        .contains("### " + mapping.name(), "<!-- keys: " + mapping.name() + " -->");
  }

  @Test
  void everyLimitHasARow() {
    List<String> names = new ArrayList<>();
    for (Field field : Limits.class.getFields()) {
      names.add(field.getName());
    }
    assertThat(LIMITS.keySet()).containsExactlyInAnyOrderElementsOf(names);
  }

  private static List<String> limits() {
    List<String> rows =
        new ArrayList<>(List.of("", "| limit | at most | of |", "| --- | --- | --- |"));
    for (Field field : Limits.class.getFields()) {
      try {
        rows.add(
            "| `%s` | %,d | %s |"
                .formatted(field.getName(), field.getInt(null), LIMITS.get(field.getName())));
      } catch (IllegalAccessException impossible) {
        throw new AssertionError(impossible);
      }
    }
    rows.add("");
    return rows;
  }

  private static List<String> keys(String name) {
    Shape.Mapping mapping =
        Language.definitions().stream()
            .filter(definition -> definition.name().equals(name))
            .findFirst()
            .orElseThrow();
    List<String> rows =
        new ArrayList<>(
            List.of("", "| key | value | default | meaning |", "| --- | --- | --- | --- |"));
    for (Key key : mapping.keys()) {
      rows.add(
          "| `%s` | %s | %s | %s |"
              .formatted(key.name(), type(key.shape()), defaultOf(key), cell(key.description())));
    }
    rows.add("");
    if (!mapping.planned().isEmpty()) {
      rows.add(
          "Not supported yet: "
              + mapping.planned().stream()
                  .map(word -> "`" + word + "`")
                  .collect(Collectors.joining(", "))
              + ".");
      rows.add("");
    }
    return rows;
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String defaultOf(Key key) {
    return switch (key.presence()) {
      case REQUIRED -> "**required**";
      case OPTIONAL -> key.defaultText() == null ? "" : cell(key.defaultText());
    };
  }

  private static String type(Shape shape) {
    return switch (shape) {
      case Shape.Version version -> "`" + version.number() + "`";
      case Shape.Text text -> type(text.rule());
      case Shape.Word word ->
          word.words().stream().map(one -> "`" + one + "`").collect(Collectors.joining(", "));
      case Shape.Whole whole -> String.format(Locale.ROOT, "%,d to %,d", whole.min(), whole.max());
      case Shape.Decimal _ -> "number";
      case Shape.Flag _ -> "flag";
      case Shape.ListOf list ->
          list.item() instanceof Shape.Text
              ? "list of " + list.noun()
              : "list of " + list.noun() + ": " + type(list.item());
      case Shape.MapOf map ->
          map.noun().equals("variables")
              ? "[variables](#environment)"
              : map.noun().equals("axes") && map.value() instanceof Shape.ListOf
                  ? "variables and lists of values"
                  : "axes and values";
      case Shape.Either either ->
          either.shapes().stream()
              .map(ReferencePageTest::type)
              .collect(Collectors.joining(", or "));
      case Shape.Ref ref -> link(ref.definition());
      case Shape.Mapping mapping -> link(mapping.name());
    };
  }

  private static String link(String name) {
    return "[%s](#%s)".formatted(name, name.toLowerCase(Locale.ROOT));
  }

  private static String type(TextRule rule) {
    return switch (rule) {
      case VALUE, DESCRIPTION -> "text";
      case SCRIPT -> "script";
      case NAME -> "name";
      case VARIABLE -> "variable";
      case STASH -> "stash name";
      case AXIS_VALUE -> "text on one line";
      case IMAGE -> "image";
      case DURATION -> "duration";
      case SIZE, MEMORY -> "size";
      case FILE_PATTERN -> "pattern";
      case CACHE_PATH -> "directory";
      case BRANCH_PATTERN -> "glob";
      case EXPRESSION -> "[expression](#expressions)";
      case URL -> "address or path";
      case REVISION -> "branch, tag or commit";
    };
  }
}
