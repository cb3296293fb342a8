package dev.stepbox.pipeline;

import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.FILE_TOO_LARGE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.INVALID_VALUE;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LIMIT;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.LINE_TOO_LONG;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_DEEP;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_MANY_ALIASES;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_MANY_STAGES;
import static dev.stepbox.pipeline.diagnostic.DiagnosticCode.TOO_MANY_VALUES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceText;
import dev.stepbox.pipeline.expand.ExpandResult;
import dev.stepbox.pipeline.expand.Expander;
import dev.stepbox.pipeline.expand.WhenContext;
import dev.stepbox.pipeline.expression.Expression;
import dev.stepbox.pipeline.schema.Limits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every limit lets through what it allows, and refuses one more. */
class LimitsTest {
  private static final String HEAD = "stepbox: 1\n";
  private static final String STAGES = "stages:\n  - stage: B\n    steps:\n      - sh: make\n";

  /** A pipeline of a size, the largest size that is allowed, and what one more leads to. */
  record Case(String name, int max, DiagnosticCode beyond, IntFunction<String> pipeline) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(texts(), lists(), whole()).flatMap(List::stream);
  }

  private static List<Case> whole() {
    return List.of(
        new Case(
            "bytes of the file",
            Limits.FILE_BYTES_MAX,
            FILE_TOO_LARGE,
            size -> filled(HEAD + STAGES, size)),
        new Case(
            "bytes of a line",
            Limits.LINE_BYTES_MAX,
            LINE_TOO_LONG,
            size -> HEAD + STAGES + "#" + "x".repeat(size - 1)),
        new Case("depth", Limits.DEPTH_MAX, TOO_DEEP, LimitsTest::nested),
        new Case(
            "aliases",
            Limits.ALIASES_MAX,
            TOO_MANY_ALIASES,
            count ->
                HEAD
                    + "stages:\n  - stage: B\n    steps:\n      - &s {sh: make}\n"
                    + "      - *s\n".repeat(count)),
        new Case("values", Limits.VALUES_MAX, TOO_MANY_VALUES, LimitsTest::values),
        new Case(
            "stages",
            Limits.EXPANDED_STAGES_MAX,
            TOO_MANY_STAGES,
            count ->
                HEAD
                    + "stages:\n"
                    + many(count - 1000, at -> "- {stage: s" + at + ", steps: [{sh: m}]}\n")
                    + "- stage: M\n  matrix: {axes: {A: "
                    + range(10)
                    + ", B: "
                    + range(10)
                    + ", C: "
                    + range(10)
                    + "}}\n  steps: [{sh: make}]\n"));
  }

  private static List<Case> lists() {
    return List.of(
        new Case(
            "branches",
            Limits.BRANCHES_MAX,
            LIMIT,
            count ->
                HEAD
                    + "stages:\n- stage: P\n  parallel:\n"
                    + many(count, at -> "  - {stage: b" + at + ", steps: [{sh: make}]}\n")),
        new Case(
            "steps",
            Limits.STEPS_MAX,
            LIMIT,
            count -> HEAD + "stages:\n- stage: S\n  steps:\n" + "  - sh: m\n".repeat(count)),
        new Case(
            "axes",
            Limits.AXES_MAX,
            LIMIT,
            count -> stage("matrix: {axes: {" + many(count, at -> "A" + at + ": [1], ") + "}}")),
        new Case(
            "values of an axis",
            Limits.AXIS_VALUES_MAX,
            LIMIT,
            count -> stage("matrix: {axes: {A: " + range(count) + "}}")),
        new Case(
            "cells",
            Limits.CELLS_MAX,
            LIMIT,
            count ->
                stage(
                    "matrix: {axes: {A: "
                        + range(count % 2 == 0 ? 10 : 7)
                        + ", B: "
                        + range(count % 2 == 0 ? count / 10 : count / 7)
                        + "}}")),
        new Case(
            "excludes",
            Limits.EXCLUDES_MAX,
            LIMIT,
            count ->
                stage("matrix: {axes: {A: [1, 2]}, exclude: [" + "{A: 1}, ".repeat(count) + "]}")),
        new Case(
            "needs",
            Limits.NEEDS_MAX,
            LIMIT,
            count ->
                HEAD
                    + "stages:\n"
                    + many(count, at -> "- {stage: s" + at + ", steps: [{sh: m}]}\n")
                    + "- {stage: last, needs: ["
                    + many(count, at -> "s" + at + ", ")
                    + "], steps: [{sh: m}]}\n"),
        new Case(
            "conditions",
            Limits.CONDITIONS_MAX,
            LIMIT,
            count -> stage("when: {anyOf: [" + "{branch: x}, ".repeat(count) + "]}")),
        new Case(
            "parameters",
            Limits.PARAMETERS_MAX,
            LIMIT,
            count ->
                HEAD
                    + "parameters: ["
                    + many(count, at -> "{string: {name: P" + at + "}}, ")
                    + "]\n"
                    + STAGES),
        new Case(
            "choices",
            Limits.PARAMETERS_MAX,
            LIMIT,
            count ->
                HEAD
                    + "parameters: [{choice: {name: P, choices: "
                    + range(count)
                    + "}}]\n"
                    + STAGES),
        new Case(
            "variables",
            Limits.VARIABLES_MAX,
            LIMIT,
            count -> stage("environment: {" + many(count, at -> "V" + at + ": x, ") + "}")),
        new Case(
            "patterns",
            Limits.PATTERNS_MAX,
            LIMIT,
            count -> step("archive: [" + "a, ".repeat(count) + "]")),
        new Case(
            "caches",
            Limits.CACHES_MAX,
            LIMIT,
            count -> step("sh: make\n    cache: [" + "a, ".repeat(count) + "]")));
  }

  private static List<Case> texts() {
    List<Case> cases = new ArrayList<>();
    cases.add(
        new Case(
            "characters of a value",
            Limits.VALUE_CHARS_MAX,
            LIMIT,
            size -> stage("environment: {A: \"" + "ä".repeat(size) + "\"}")));
    cases.add(
        new Case(
            "bytes of a script",
            Limits.SCRIPT_BYTES_MAX,
            LIMIT,
            size ->
                HEAD
                    + "stages:\n- stage: B\n  steps:\n  - sh: |-\n"
                    + ("      " + "x".repeat(511) + "\n").repeat(size / 512 - 1)
                    + "      "
                    + "x".repeat(512 + size % 512)));
    cases.add(
        new Case(
            "characters of a name",
            Limits.NAME_CHARS_MAX,
            LIMIT,
            size -> HEAD + "stages:\n- stage: " + "𝄞".repeat(size) + "\n  steps: [{sh: m}]\n"));
    cases.add(
        new Case(
            "characters of a variable name",
            Limits.NAME_CHARS_MAX,
            LIMIT,
            size -> stage("environment: {" + "A".repeat(size) + ": 1}")));
    cases.add(
        new Case(
            "characters of a line",
            Limits.LINE_CHARS_MAX,
            LIMIT,
            size -> step("archive: " + "x".repeat(size))));
    cases.add(
        new Case(
            "characters of an expression",
            Limits.EXPRESSION_CHARS_MAX,
            LIMIT,
            size -> stage("when: {expression: \"true" + " ".repeat(size - 4) + "\"}")));
    cases.add(
        new Case(
            "depth of an expression",
            Expression.DEPTH_MAX,
            DiagnosticCode.EXPRESSION,
            depth ->
                stage(
                    "when: {expression: "
                        + "(".repeat(depth - 1)
                        + "true"
                        + ")".repeat(depth - 1)
                        + "}")));
    cases.add(new Case("cpu", Limits.CPU_MAX, INVALID_VALUE, n -> stage("caps: {cpu: " + n + "}")));
    cases.add(
        new Case("pids", Limits.PIDS_MAX, INVALID_VALUE, n -> stage("caps: {pids: " + n + "}")));
    cases.add(
        new Case(
            "depth of a checkout",
            Limits.CHECKOUT_DEPTH_MAX,
            INVALID_VALUE,
            n -> step("checkout: {url: x, depth: " + n + "}")));
    cases.add(
        new Case(
            "days of a timeout",
            Limits.TIMEOUT_DAYS_MAX,
            LIMIT,
            n -> stage("options: {timeout: " + n + "d}")));
    return cases;
  }

  private static String filled(String text, int size) {
    StringBuilder filled = new StringBuilder(text);
    while (filled.length() < size) {
      int left = size - filled.length();
      filled.append("#".repeat(Math.min(left, 1000) - 1)).append('\n');
    }
    return filled.toString();
  }

  /** The root, the list of stages and a stage are three levels; the innermost test is one. */
  private static String nested(int depth) {
    int nots = depth - 3 - 2;
    return stage("when: " + "{not: ".repeat(nots) + "{branch: x}" + "}".repeat(nots));
  }

  private static String values(int count) {
    // What is there without the steps: see that one more step makes four more values.
    StringBuilder text = new StringBuilder(HEAD).append("stages:\n");
    int left = count - 5;
    int stage = 0;
    while (left > 600) {
      text.append("- stage: s").append(stage++).append("\n  steps:\n");
      left -= 5;
      for (int step = 0; step < 100; step++) {
        text.append("  - sh: m\n");
        left -= 3;
      }
    }
    text.append("- stage: s").append(stage).append("\n  steps:\n");
    left -= 5;
    while (left >= 6) {
      text.append("  - sh: m\n");
      left -= 3;
    }
    text.append(left == 5 ? "  - {sh: m, name: n}\n" : left == 3 ? "  - sh: m\n" : "");
    if (left == 4) {
      text.append("  - archive: [x]\n");
    }
    return text.toString();
  }

  private static String stage(String keys) {
    return HEAD + "stages:\n- stage: B\n  " + keys + "\n  steps:\n  - sh: make\n";
  }

  private static String step(String keys) {
    return HEAD + "stages:\n- stage: B\n  steps:\n  - " + keys + "\n";
  }

  private static String many(int count, IntFunction<String> item) {
    return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining());
  }

  private static String range(int count) {
    return "[" + many(count, at -> at + ", ") + "]";
  }

  private static Set<DiagnosticCode> codes(String pipeline) {
    Set<DiagnosticCode> codes = new LinkedHashSet<>();
    SourceText source = SourceText.of(new SourceName("stepbox.yaml"), pipeline);
    for (Diagnostic found : PipelineParser.parse(source).diagnostics()) {
      codes.add(found.code());
    }
    return codes;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theLimitItselfIsAllowed(Case limit) {
    assertThat(codes(limit.pipeline().apply(limit.max()))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void oneMoreIsRefused(Case limit) {
    assertThat(codes(limit.pipeline().apply(limit.max() + 1))).containsExactly(limit.beyond());
  }

  @Test
  void noMoreThanTheAllowedNumberOfDiagnosticsIsReported() {
    String keys = many(Limits.DIAGNOSTICS_MAX + 100, at -> "key" + at + ": 1\n");
    SourceText source = SourceText.of(new SourceName("stepbox.yaml"), HEAD + keys);
    assertThat(PipelineParser.parse(source).diagnostics()).hasSize(Limits.DIAGNOSTICS_MAX);
  }

  private static ExpandResult expand(String pipeline) {
    SourceText source = SourceText.of(new SourceName("stepbox.yaml"), pipeline);
    if (PipelineParser.parse(source) instanceof ParseResult.Parsed parsed) {
      return Expander.expand(parsed.pipeline(), WhenContext.EMPTY);
    }
    throw new AssertionError("rejected: " + PipelineParser.parse(source));
  }

  @Test
  void aValueMayGrowToTheLimitByReferences() {
    String half = "x".repeat(Limits.VALUE_CHARS_MAX / 2);
    assertThat(expand(HEAD + "environment: {A: " + half + ", B: '${A}${A}'}\n" + STAGES))
        .isInstanceOf(ExpandResult.Expanded.class);
    assertThat(expand(HEAD + "environment: {A: " + half + ", B: '${A}${A}.'}\n" + STAGES))
        .isInstanceOfSatisfying(
            ExpandResult.Rejected.class,
            rejected ->
                assertThat(rejected.diagnostics())
                    .extracting(Diagnostic::code)
                    .containsExactly(LIMIT));
  }

  @Test
  void aSmallFileCannotBecomeAHugeBuild() {
    String variables = many(Limits.VARIABLES_MAX, at -> "V" + at + ": '${A}${B}', ");
    String matrices =
        many(
            10,
            at ->
                "- stage: s"
                    + at
                    + "\n  matrix: {axes: {A: "
                    + range(100)
                    + ", B: "
                    + range(10)
                    + "}}\n  environment: {"
                    + variables
                    + "}\n  steps: [{sh: make}]\n");
    assertThat(expand(HEAD + "stages:\n" + matrices))
        .isInstanceOfSatisfying(
            ExpandResult.Rejected.class,
            rejected ->
                assertThat(rejected.diagnostics())
                    .extracting(Diagnostic::code)
                    .containsExactly(LIMIT));
  }
}
