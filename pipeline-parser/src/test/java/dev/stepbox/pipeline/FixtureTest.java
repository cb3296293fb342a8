package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.Fixture.Folder;
import dev.stepbox.pipeline.diagnostic.Diagnostic;
import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter;
import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter.Dress;
import dev.stepbox.pipeline.diagnostic.Severity;
import dev.stepbox.pipeline.expand.ExpandResult;
import dev.stepbox.pipeline.expand.Expander;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pipeline in the folders of fixtures does what its folder, name and recorded text say. */
class FixtureTest {
  static List<Fixture> accepted() {
    return Stream.concat(Fixture.in(Folder.VALID).stream(), Fixture.in(Folder.WARNING).stream())
        .toList();
  }

  static List<Fixture> rejected() {
    return Stream.concat(Fixture.in(Folder.INVALID).stream(), Fixture.in(Folder.SEMANTIC).stream())
        .toList();
  }

  static List<Fixture> wrong() {
    return Stream.concat(Fixture.in(Folder.WARNING).stream(), rejected().stream()).toList();
  }

  /** Everything that is said about a fixture, of the file first, else of its build. */
  private static List<Diagnostic> diagnostics(Fixture fixture) {
    return switch (PipelineParser.parse(fixture.source())) {
      case ParseResult.Rejected rejected -> rejected.diagnostics();
      case ParseResult.Parsed parsed ->
          switch (Expander.expand(parsed.pipeline(), fixture.context())) {
            case ExpandResult.Rejected rejected -> rejected.diagnostics();
            case ExpandResult.Expanded _ -> parsed.warnings();
          };
    };
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatIsWrongIsSaidAsRecorded(Fixture fixture) throws IOException {
    List<Diagnostic> found = diagnostics(fixture);
    assertThat(found).extracting(one -> one.code().id()).contains(fixture.code());
    Golden.verify(
        fixture.expected(), DiagnosticPrinter.print(fixture.source(), found, Dress.PLAIN));
  }

  @ParameterizedTest
  @MethodSource("rejected")
  void whatIsRejectedHasAnError(Fixture fixture) {
    assertThat(diagnostics(fixture)).extracting(Diagnostic::severity).contains(Severity.ERROR);
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void whatIsAcceptedCanBeExpanded(Fixture fixture) {
    assertThat(diagnostics(fixture))
        .extracting(Diagnostic::severity)
        .doesNotContain(Severity.ERROR);
  }

  static List<Fixture> valid() {
    return Fixture.in(Folder.VALID);
  }

  @ParameterizedTest
  @MethodSource("valid")
  void whatIsValidIsExpandedAsRecorded(Fixture fixture) throws IOException {
    assertThat(diagnostics(fixture)).isEmpty();
    if (PipelineParser.parse(fixture.source()) instanceof ParseResult.Parsed parsed
        && Expander.expand(parsed.pipeline(), fixture.context())
            instanceof ExpandResult.Expanded expanded) {
      Golden.verify(fixture.expected(), ExpansionText.of(expanded.pipeline()));
    }
  }

  @Test
  void everyCodeHasAFixture() {
    Set<String> covered = new TreeSet<>();
    wrong().forEach(fixture -> covered.add(fixture.code()));
    Set<String> codes = new TreeSet<>();
    for (DiagnosticCode code : DiagnosticCode.values()) {
      codes.add(code.id());
    }
    assertThat(covered).isEqualTo(codes);
  }

  @Test
  void noRecordedTextIsLeftOver() throws IOException {
    Set<String> expected = new TreeSet<>();
    Fixture.all().forEach(fixture -> expected.add(fixture.expected().toString()));
    Set<String> recorded = new TreeSet<>();
    for (Folder folder : Folder.values()) {
      Fixture any = new Fixture(folder, "any", new byte[0]);
      try (Stream<java.nio.file.Path> files =
          java.nio.file.Files.list(any.expected().getParent())) {
        files
            .map(java.nio.file.Path::toString)
            .filter(file -> file.endsWith(".txt"))
            .forEach(recorded::add);
      }
    }
    assertThat(recorded).isEqualTo(expected);
  }
}
