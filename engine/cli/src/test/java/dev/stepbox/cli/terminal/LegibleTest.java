package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is not ours is shown, and not obeyed. */
class LegibleTest {

  @Test
  void plainTextIsTheSameText() {
    String text = "naïve 漢字 \ud83d\ude00 tab\tline\nnext";
    assertThat(Legible.of(text)).isSameAs(text);
  }

  @Test
  void coloursStay() {
    String text = "a \u001b[1;31mred\u001b[0m \u001b[38:5:9mone\u001b[m";
    assertThat(Legible.of(text)).isSameAs(text);
  }

  @Test
  void everyOtherSequenceIsShown() {
    assertThat(Legible.of("\u001b]52;c;eA==\u0007")).isEqualTo("\\u001b]52;c;eA==\\u0007");
    assertThat(Legible.of("\u001b[2J\u001b[?25lx")).isEqualTo("\\u001b[2J\\u001b[?25lx");
    assertThat(Legible.of("\u001b[31")).isEqualTo("\\u001b[31");
    assertThat(Legible.of("\u001b")).isEqualTo("\\u001b");
    assertThat(Legible.of("a\rb\u009b2J")).isEqualTo("a\\u000db\\u009b2J");
  }

  @Test
  void wordsThatAreNotToBeColouredShowTheirColours() {
    assertThat(Legible.uncoloured("a \u001b[8mhidden")).isEqualTo("a \\u001b[8mhidden");
  }

  @Test
  void marksThatReorderTextAreShown() {
    assertThat(Legible.of("a\u202eb\u2066c\u2028d")).isEqualTo("a\\u202eb\\u2066c\\u2028d");
  }

  @Test
  void aStreamShowsEveryKindOfTextAndLeavesBytesAlone() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (LegibleStream out = new LegibleStream(written)) {
      out.print("\u0007");
      out.println((Object) "\u0007");
      out.append("\u0007").append("x\u0007", 1, 2);
      out.printf("%s", "\u0007");
      out.println(new char[] {'\u0007'});
      out.write(7);
    }
    assertThat(written.toString(UTF_8))
        .isEqualTo("\\u0007\\u0007\n\\u0007\\u0007\\u0007\\u0007\n\u0007");
  }

  @Test
  void aLiveScreenShowsThemToo() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (LiveScreen screen = new LiveScreen(written)) {
      screen.update(List.of("kept \u0007"), List.of("drawn \u0007"));
    }
    assertThat(written.toString(UTF_8)).contains("kept \\u0007", "drawn \\u0007");
  }
}
