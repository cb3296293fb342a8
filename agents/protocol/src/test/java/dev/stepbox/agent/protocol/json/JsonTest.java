package dev.stepbox.agent.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void whatIsWrittenIsReadBack() {
    String text =
        new JsonWriter()
            .beginObject()
            .field("text", "a\"\\\n\t\u0001é😀")
            .field("long", Long.MIN_VALUE)
            .field("double", 0.25)
            .field("flag", true)
            .field("absent", (String) null)
            .name("null")
            .nullValue()
            .name("list")
            .beginArray()
            .value("x")
            .value("y")
            .endArray()
            .name("inner")
            .beginObject()
            .endObject()
            .endObject()
            .toString();

    JsonObject read = JsonReader.read(text);

    assertThat(read.string("text")).isEqualTo("a\"\\\n\t\u0001é😀");
    assertThat(read.longValue("long")).isEqualTo(Long.MIN_VALUE);
    assertThat(read.doubleOrNull("double")).isEqualTo(0.25);
    assertThat(read.booleanValue("flag")).isTrue();
    assertThat(read.has("absent")).isFalse();
    assertThat(read.has("null")).isFalse();
    assertThat(read.strings("list")).containsExactly("x", "y");
    assertThat(read.object("inner").names()).isEmpty();
    assertThat(read.names())
        .containsExactly("text", "long", "double", "flag", "null", "list", "inner");
  }

  @Test
  void everyTextSurvivesIncludingHalfSurrogates() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    for (int round = 0; round < 2_000; round++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(20); i > 0; i--) {
        text.append((char) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(65_536)));
      }
      String json =
          new JsonWriter().beginObject().field("t", text.toString()).endObject().toString();
      assertThat(JsonReader.read(json).string("t")).isEqualTo(text.toString());
      assertThat(json).doesNotContain("\n").isEqualTo(throughUtf8(json));
    }
  }

  private static String throughUtf8(String text) {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "1",
        "{",
        "{}{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "{a:1}",
        "{\"a\":tru}",
        "{\"a\":1e999}",
        "{\"a\":--1}",
        "{\"a\":+1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":99999999999999999999}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"",
        "{\"a\":[1,]}",
        "{\"a\":nul}",
        "{\"a\":1}x",
        "{\"a\":1e}",
        "{\"a\":-}"
      })
  void whatIsNotJsonIsRefusedWithItsPlace(String text) {
    assertThatThrownBy(() -> JsonReader.read(text))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("JSON at character ");
  }

  @Test
  void nestingHasALimit() {
    assertThat(JsonReader.read(nested(JsonReader.DEPTH_MAX)).has("a")).isTrue();
    assertThatThrownBy(() -> JsonReader.read(nested(JsonReader.DEPTH_MAX + 1)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("at most 32 levels");
  }

  private static String nested(int depth) {
    return "{\"a\":" + "[".repeat(depth - 1) + "]".repeat(depth - 1) + "}";
  }

  @Test
  void lengthHasALimit() {
    String atLimit = "{\"a\":\"" + "x".repeat(JsonReader.LENGTH_MAX - 8) + "\"}";
    assertThat(JsonReader.read(atLimit).string("a")).hasSize(JsonReader.LENGTH_MAX - 8);
    assertThatThrownBy(() -> JsonReader.read(atLimit + " "))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("the limit is 16777216");
  }

  @Test
  void aMemberOfAnotherKindIsNamed() {
    JsonObject object = JsonReader.read("{\"n\":1,\"t\":\"x\",\"big\":4294967296}");
    assertThatThrownBy(() -> object.string("n")).hasMessage("'n' must be a text");
    assertThatThrownBy(() -> object.longValue("t")).hasMessage("'t' must be a whole number");
    assertThatThrownBy(() -> object.object("none")).hasMessage("'none' is missing");
    assertThatThrownBy(() -> object.intValue("big")).hasMessage("'big' is too large: 4294967296");
  }

  @Test
  void infinityIsNotWritten() {
    assertThatThrownBy(() -> new JsonWriter().value(Double.POSITIVE_INFINITY))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
