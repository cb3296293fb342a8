package dev.stepbox.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisplayWidthTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "abc,3",
        "é,1",
        "e\u0301,1", // combining accent
        "日本語,6",
        "ｆｕｌｌ,8",
        "한글,4",
        "✔,1",
        "🏁,2",
        "👩\u200d💻,2", // joined
        "❤\ufe0f,2", // shown as a picture
        "a\u200bb,2", // nothing between them
      })
  void aTextTakesThatManyColumns(String text, int columns) {
    assertThat(DisplayWidth.of(text)).isEqualTo(columns);
  }

  @Test
  void coloursTakeNone() {
    assertThat(DisplayWidth.of("\u001b[1;31mred\u001b[0m")).isEqualTo(3);
  }

  @Test
  void aTextThatFitsIsNotTouched() {
    assertThat(DisplayWidth.fit("日本語", 6)).isEqualTo("日本語");
  }

  @Test
  void aTextThatIsTooWideEndsInAMark() {
    assertThat(DisplayWidth.fit("abcdef", 4)).isEqualTo("abc…");
    assertThat(DisplayWidth.fit("日本語", 5)).isEqualTo("日本…");
    assertThat(DisplayWidth.fit("日本語", 4)).isEqualTo("日…");
  }

  @Test
  void cuttingKeepsTheSequencesThatSwitchColoursOff() {
    assertThat(DisplayWidth.fit("\u001b[31mabcdef\u001b[0m", 4))
        .isEqualTo("\u001b[31mabc…\u001b[0m");
  }

  @Test
  void paddingCountsColumnsAndNotCharacters() {
    assertThat(DisplayWidth.pad("日", 4)).isEqualTo("日  ");
  }
}
