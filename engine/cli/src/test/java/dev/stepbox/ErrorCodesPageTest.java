package dev.stepbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.AgentErrorCode;
import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever code a user meets, the reference explains it. */
class ErrorCodesPageTest {

  private static final Path REFERENCE = Repository.find().root().resolve("docs/reference");

  /** A code, the page that explains it, and how its row begins there. */
  record Row(String page, String section, String start) {
    @Override
    public String toString() {
      return page + " " + section + " " + start;
    }
  }

  static List<Row> rows() {
    return Stream.of(
            Stream.of(DiagnosticCode.values())
                .map(code -> new Row("diagnostics.md", "# Diag", "| [%s]".formatted(code.id()))),
            Stream.of(ErrorCode.values()).map(code -> row("## Engine", code.id(), code.name())),
            Stream.of(AgentErrorCode.values())
                .map(code -> row("## Worker", code.id(), code.name())),
            Stream.of(LayerCacheException.Code.values())
                .map(code -> row("## Store", code.id(), code.name())),
            Stream.of(SandboxErrorCode.values()).map(code -> row("## Sandbox", code.name())),
            Stream.of(CliErrorCode.values()).map(code -> row("## Command line", code.name())))
        .flatMap(rows -> rows)
        .toList();
  }

  private static Row row(String section, String id, String name) {
    return new Row("error-codes.md", section, "| %s | `%s` |".formatted(id, name));
  }

  private static Row row(String section, String name) {
    return new Row("error-codes.md", section, "| `%s` |".formatted(name));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void everyCodeIsExplained(Row row) throws IOException {
    String page = Files.readString(REFERENCE.resolve(row.page()));
    int from = page.indexOf(row.section());
    assertThat(from).as("section '%s' of %s", row.section(), row.page()).isNotNegative();
    int to = page.indexOf("\n## ", from + 1);
    String section = page.substring(from, to < 0 ? page.length() : to);
    assertThat(section.lines()).anyMatch(line -> line.startsWith(row.start()));
  }
}
