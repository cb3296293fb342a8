package dev.stepbox.pipeline.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.diagnostic.DiagnosticPrinter.Dress;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnosticPrinterTest {
  private static final SourceName FILE = new SourceName("stepbox.yaml");

  private static String print(String text, SourceRange range, Dress dress) {
    Diagnostic diagnostic =
        new Diagnostic(
            DiagnosticCode.UNKNOWN_KEY,
            "a message",
            range,
            "here",
            "line one\nline two",
            List.of());
    return DiagnosticPrinter.print(SourceText.of(FILE, text), List.of(diagnostic), dress);
  }

  @Test
  void theMarkStandsBelowItsPlace() {
    assertThat(print("first\n  second\n", new SourceRange(FILE, 2, 3, 2, 9), Dress.PLAIN))
        .isEqualTo(
            """
            error[P101]: a message
              --> stepbox.yaml:2:3
               |
             2 |   second
               |   ^^^^^^ here
               |
               = help: line one
                       line two
               = see: docs/reference/diagnostics.md#p101
            """);
  }

  @Test
  void aTabBeforeTheMarkStaysATab() {
    assertThat(print("\tx", new SourceRange(FILE, 1, 2, 1, 3), Dress.PLAIN))
        .contains(" 1 | \tx\n   | \t^ here\n");
  }

  @Test
  void aRangeOfSeveralLinesIsMarkedToTheEndOfTheFirst() {
    assertThat(print("a: b\nc: d\n", new SourceRange(FILE, 1, 4, 2, 5), Dress.PLAIN))
        .contains(" 1 | a: b\n   |    ^ here\n");
  }

  @Test
  void aLongLineIsCutAroundTheMark() {
    String line = "x".repeat(500) + "HERE" + "y".repeat(500);
    assertThat(print(line, new SourceRange(FILE, 1, 501, 1, 505), Dress.PLAIN))
        .contains("…" + "x".repeat(32) + "HERE" + "y".repeat(60) + "…\n")
        .contains("   | " + " ".repeat(33) + "^^^^ here\n");
  }

  @Test
  void noEscapeSequenceOfTheSourceReachesTheTerminal() {
    String printed = print("a\u001b[2J\u202eb", new SourceRange(FILE, 1, 1, 1, 2), Dress.PLAIN);
    assertThat(printed).contains(" 1 | a·[2J·b\n");
  }

  @Test
  void aPlaceBehindTheEndIsMarkedThere() {
    assertThat(print("a", SourceRange.at(FILE, 1, 2), Dress.PLAIN))
        .contains(" 1 | a\n   |  ^ here");
    assertThat(print("a\n", SourceRange.at(FILE, 5, 7), Dress.PLAIN)).contains(" 5 |\n   | ^ here");
  }

  @Test
  void coloursAreThereOnlyWhenAskedFor() {
    SourceRange range = SourceRange.at(FILE, 1, 1);
    assertThat(print("a", range, Dress.PLAIN)).doesNotContain("\u001b");
    String coloured = print("a", range, Dress.COLOURED);
    assertThat(coloured).contains("\u001b[1;31merror[P101]\u001b[0m");
    assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", ""))
        .isEqualTo(print("a", range, Dress.PLAIN));
  }

  @Test
  void linesBreakWhereYamlBreaksThem() {
    SourceLines lines = new SourceLines("a\r\nb\rc\u0085d\u2028e\nf");
    assertThat(List.of(1, 2, 3, 4, 5, 6, 7))
        .extracting(lines::line)
        .containsExactly("a", "b", "c", "d", "e", "f", "");
  }
}
