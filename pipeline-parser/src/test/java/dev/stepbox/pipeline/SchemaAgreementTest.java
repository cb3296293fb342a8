package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.stepbox.pipeline.Fixture.Folder;
import dev.stepbox.pipeline.diagnostic.DiagnosticCode;
import dev.stepbox.pipeline.schema.JsonSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * The JSON Schema accepts and rejects the same files as the parser, as an independent validator
 * sees it; what a schema cannot express is in the folder {@code semantic}.
 */
class SchemaAgreementTest {
  private static final int MUTANTS = 400;

  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(JsonSchema.text());

  static List<Fixture> fixtures() {
    return Fixture.all();
  }

  static List<String> objections(Fixture fixture) {
    String text = new String(fixture.bytes(), StandardCharsets.UTF_8);
    JsonNode json;
    try {
      json = YamlToJson.read(text.startsWith("\ufeff") ? text.substring(1) : text);
    } catch (RuntimeException unreadable) {
      return List.of("unreadable: " + unreadable.getMessage());
    }
    return SCHEMA.validate(json).stream()
        .map(error -> error.getInstanceLocation() + " " + error.getMessage())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void theSchemaAgreesWithTheFolder(Fixture fixture) {
    boolean isRejected =
        switch (fixture.folder()) {
          case INVALID -> true;
          case VALID, WARNING, SEMANTIC -> false;
        };
    if (isRejected) {
      assertThat(objections(fixture)).isNotEmpty();
    } else {
      assertThat(objections(fixture)).isEmpty();
    }
  }

  /** Codes of what a schema can always see. */
  private static final Set<DiagnosticCode> VISIBLE =
      EnumSet.of(
          DiagnosticCode.UNKNOWN_KEY,
          DiagnosticCode.MISSING_KEY,
          DiagnosticCode.NOT_SUPPORTED_YET,
          DiagnosticCode.CONFLICTING_KEYS);

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void theSchemaAgreesOnDamagedPipelines(long seed) {
    TreeMutants mutants = new TreeMutants(seed);
    int accepted = 0;
    for (int count = 0; count < MUTANTS; count++) {
      Fixture mutant = new Fixture(Folder.VALID, seed + "-" + count, mutants.next());
      switch (PipelineParser.parse(mutant.source())) {
        case ParseResult.Parsed _ -> {
          accepted++;
          assertThat(objections(mutant)).as(text(mutant)).isEmpty();
        }
        case ParseResult.Rejected rejected -> {
          if (rejected.diagnostics().stream().anyMatch(one -> VISIBLE.contains(one.code()))) {
            assertThat(objections(mutant)).as("%s %s", text(mutant), rejected).isNotEmpty();
          }
        }
      }
    }
    assertThat(accepted).as("mutants that are still pipelines").isGreaterThan(MUTANTS / 10);
  }

  private static String text(Fixture fixture) {
    return new String(fixture.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void theSchemaOnTheClassPathAndInTheDocumentationIsTheGeneratedOne() throws IOException {
    String schema = JsonSchema.text();
    Golden.verify(Path.of("src/main/resources" + JsonSchema.RESOURCE), schema);
    Golden.verify(Path.of("../docs/reference/pipeline.schema.json"), schema);
    assertThat(Files.size(Path.of("../docs/reference/pipeline.schema.json"))).isLessThan(100_000);
  }
}
