package dev.stepbox.layercache.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.layercache.MutationFuzz;
import dev.stepbox.layercache.TestStore;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Documents changed at random are read or refused. */
class JsonFuzzTest {
  private static List<byte[]> seeds() {
    return List.of(
        TestStore.config(List.of(new byte[1], new byte[2])),
        """
        {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",
        "digest":"sha256:00","size":-1.5e3,"annotations":{"a":null},"urls":["\\u00e9\\n"]}]}
        """
            .getBytes(UTF_8),
        "[[[[[[true,false,null,[]]]]],{},\"é\"]]".getBytes(UTF_8));
  }

  @Test
  void anyInputIsReadOrRefused() throws IOException {
    new MutationFuzz(seeds(), UnaryOperator.identity())
        .run(
            "/fuzz/json.txt",
            20_000,
            input -> {
              try {
                assertThat(JsonReader.read(input)).isNotNull();
              } catch (JsonException refused) {
                assertThat(refused.getMessage()).isNotBlank();
              }
            });
  }
}
