package dev.stepbox.layercache.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents are read strictly. */
class JsonReaderTest {
  private static JsonValue read(String text) throws JsonException {
    return JsonReader.read(text.getBytes(UTF_8));
  }

  @Test
  void everyKindOfValueIsRead() throws Exception {
    JsonValue value =
        read(
            """
            {"text": "a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é",
             "list": ["x", "y"], "empty": [], "none": null, "yes": true, "no": false,
             "number": -12.5e+3, "zero": 0, "inner": {"a": {"b": "c"}}}
            """);

    assertThat(value.text("text")).isEqualTo("a\"\\/\b\f\n\r\té\ud83d\ude00é");
    assertThat(value.texts("list")).containsExactly("x", "y");
    assertThat(value.elements("empty")).isEmpty();
    assertThat(value.member("none")).isEmpty();
    assertThat(value.require("yes")).isEqualTo(new JsonValue.Truth(true));
    assertThat(value.require("no")).isEqualTo(new JsonValue.Truth(false));
    assertThat(value.require("number")).isEqualTo(new JsonValue.Figure("-12.5e+3"));
    assertThat(value.require("zero")).isEqualTo(new JsonValue.Figure("0"));
    assertThat(value.require("inner").require("a").requireText("b")).isEqualTo("c");
  }

  @Test
  void whatIsAbsentIsEmpty() throws Exception {
    JsonValue value = read("{\"a\": null}");

    assertThat(value.text("a")).isEmpty();
    assertThat(value.texts("b")).isEmpty();
    assertThatThrownBy(() -> value.requireText("a")).hasMessageContaining("'a' is missing");
  }

  @Test
  void aValueOfAnotherKindIsRefused() throws Exception {
    JsonValue value = read("{\"a\": 1, \"b\": [1]}");

    assertThatThrownBy(() -> value.text("a")).isInstanceOf(JsonException.class);
    assertThatThrownBy(() -> value.texts("a")).isInstanceOf(JsonException.class);
    assertThatThrownBy(() -> value.texts("b")).isInstanceOf(JsonException.class);
    assertThatThrownBy(() -> read("[]").text("a")).isInstanceOf(JsonException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "{", "[", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "'a'",
        "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "01", "-", "1.", ".5", "1e", "+1",
        "tru", "nul", "NaN", "{} {}", "[]]", "{\"a\":1,\"a\":2}", "//x\n1", "\ufeff{}"
      })
  void whatIsNoJsonIsRefused(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(JsonException.class);
  }

  @Test
  void whatIsNotUtf8IsRefused() {
    assertThatThrownBy(() -> JsonReader.read("\"\u00ff\"".getBytes(ISO_8859_1)))
        .hasMessageContaining("UTF-8");
  }

  @Test
  void asManyLevelsAsTheLimitAreReadAndNotOneMore() throws Exception {
    String open = "[".repeat(JsonReader.DEPTH_MAX + 1);

    assertThat(read(open + "]".repeat(JsonReader.DEPTH_MAX + 1))).isNotNull();
    assertThatThrownBy(() -> read(open + "[]" + "]".repeat(JsonReader.DEPTH_MAX + 1)))
        .hasMessageContaining("deeper than 64");
    assertThatThrownBy(() -> read("[".repeat(1_000_000))).isInstanceOf(JsonException.class);
  }

  @Test
  void membersKeepTheirOrder() throws Exception {
    assertThat(((JsonValue.Members) read("{\"b\":1,\"a\":2}")).values().sequencedKeySet())
        .isEqualTo(new LinkedHashSet<>(List.of("b", "a")));
  }
}
