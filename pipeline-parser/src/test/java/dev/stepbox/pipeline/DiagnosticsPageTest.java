package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page that diagnostics point at explains each of them. */
class DiagnosticsPageTest {
  private static List<String> page() throws IOException {
    return Files.readAllLines(Path.of("../docs/reference/diagnostics.md"));
  }

  @ParameterizedTest
  @EnumSource
  void everyCodeHasARowAndASection(DiagnosticCode code) throws IOException {
    String row =
        "| [%s](#%s) | %s | "
            .formatted(
                code.id(), code.id().toLowerCase(java.util.Locale.ROOT), code.severity().word());
    assertThat(page()).filteredOn(line -> line.startsWith(row)).hasSize(1);
    assertThat(page()).filteredOn(line -> line.equals("### " + code.id())).hasSize(1);
    assertThat(code.page()).isEqualTo("docs/reference/diagnostics.md#" + anchor(code));
  }

  private static String anchor(DiagnosticCode code) {
    return code.id().toLowerCase(java.util.Locale.ROOT);
  }

  @Test
  void noSectionIsLeftOver() throws IOException {
    assertThat(page())
        .filteredOn(line -> line.startsWith("### "))
        .hasSize(DiagnosticCode.values().length);
  }

  @Test
  void codesAreUniqueAndInOrder() {
    List<String> ids = List.of(DiagnosticCode.values()).stream().map(DiagnosticCode::id).toList();
    assertThat(ids).isSorted().doesNotHaveDuplicates();
  }
}
