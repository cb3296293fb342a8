package dev.stepbox.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.stepbox.pipeline.Fixture.Folder;
import dev.stepbox.pipeline.schema.JsonSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The JSON Schema accepts and rejects the same files as the parser, as an independent validator
 * sees it; what a schema cannot express is in the folder {@code semantic}.
 */
class SchemaAgreementTest {
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

  @Test
  void aRejectionByTheSchemaIsNeverAboutAFileThatTheParserAccepts() {
    for (Fixture fixture : Fixture.in(Folder.VALID)) {
      assertThat(PipelineParser.parse(fixture.source()))
          .as(fixture.name())
          .isInstanceOf(ParseResult.Parsed.class);
    }
  }

  @Test
  void theSchemaOnTheClassPathAndInTheDocumentationIsTheGeneratedOne() throws IOException {
    String schema = JsonSchema.text();
    Golden.verify(Path.of("src/main/resources" + JsonSchema.RESOURCE), schema);
    Golden.verify(Path.of("../docs/reference/pipeline.schema.json"), schema);
    assertThat(Files.size(Path.of("../docs/reference/pipeline.schema.json"))).isLessThan(100_000);
  }
}
