package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.terminal.OutputText.Colours;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputTextTest {
  private final List<String> lines = new ArrayList<>();
  private final OutputText kept = new OutputText(Colours.KEEP, this::add);
  private final OutputText dropped = new OutputText(Colours.DROP, this::add);

  private void add(byte[] bytes, int offset, int length) {
    lines.add(new String(bytes, offset, length, UTF_8));
  }

  private static void feed(OutputText text, String output) {
    byte[] bytes = output.getBytes(UTF_8);
    text.accept(bytes, 0, bytes.length);
  }

  @Test
  void linesComeOutAsTheyWent() {
    feed(kept, "one\ntwo\r\n\nthrée ✔\n");
    assertThat(lines).containsExactly("one", "two", "", "thrée ✔");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u001b[2J", // clears the screen
        "\u001b[1;1H", // moves the cursor
        "\u001b[3A", // up
        "\u001b[?1049h", // the other screen
        "\u001b[?25l", // hides the cursor
        "\u001b[6n", // asks for an answer on standard input
        "\u001b[>0c",
        "\u001b]0;title\u0007", // a title
        "\u001b]0;title\u001b\\",
        "\u001b]8;;http://example.com\u001b\\", // a link
        "\u001b]52;c;aGk=\u0007", // the clipboard
        "\u001bPq#0;2;0;0;0\u001b\\", // an image
        "\u001bP1$r0m\nwith lines\n\u001b\\",
        "\u001b_application\u001b\\",
        "\u001b^private\u001b\\",
        "\u001bXstart of string\u001b\\",
        "\u001bc", // resets the terminal
        "\u001b(0", // another alphabet
        "\u001b#8", // a test picture
        "\u001b7",
        "\u009b2J", // 8-bit forms of the same
        "\u009d0;title\u009c",
        "\u0090q\u001b\\",
        "\u0007", // a bell
        "\u0000\u0001\u007f",
        "\u202e\u2066", // reorders text
        "\u001b[38;5;1;\u001b[0;H",
      })
  void whatSteersATerminalIsTakenOut(String sequence) {
    feed(kept, "a" + sequence + "b\n");
    assertThat(lines).containsExactly("ab");
  }

  @Test
  void coloursStayOrGo() {
    feed(kept, "\u001b[1;31mred\u001b[0m\n");
    feed(dropped, "\u001b[1;31mred\u001b[0m\n");
    assertThat(lines).containsExactly("\u001b[1;31mred\u001b[0m", "red");
  }

  @Test
  void aColourThatStaysOnEndsWithTheLineAndBeginsWithTheNext() {
    feed(kept, "\u001b[31mone\ntwo\u001b[39m\nthree\n");
    assertThat(lines).containsExactly("\u001b[31mone\u001b[0m", "\u001b[31mtwo\u001b[39m", "three");
  }

  @Test
  void aColourOfSeveralNumbersIsOneColour() {
    feed(kept, "\u001b[1m\u001b[38;5;208m\u001b[48;2;1;2;3m\u001b[22mx\ny\n");
    assertThat(lines.get(1)).isEqualTo("\u001b[38;5;208;48;2;1;2;3my\u001b[0m");
  }

  @Test
  void aProgressBarIsItsLastState() {
    feed(kept, " 10%\r 50%\r100%\ndone\n");
    assertThat(lines).containsExactly("100%", "done");
  }

  @Test
  void aSpinnerIsItsLastState() {
    feed(kept, "wait |\b/\b-\bé\b done\n");
    assertThat(lines).containsExactly("wait  done");
  }

  @Test
  void aSpinnerDoesNotEatTheColourBeforeIt() {
    feed(kept, "\u001b[31mx\n\b\by\n");
    assertThat(lines).last().isEqualTo("\u001b[31my\u001b[0m");
  }

  @Test
  void aLineWithoutEndIsPartialUntilItIsFlushed() {
    feed(kept, "no end");
    assertThat(kept.partial()).isEqualTo("no end");
    assertThat(lines).isEmpty();
    kept.flush();
    kept.flush();
    assertThat(lines).containsExactly("no end");
    assertThat(kept.partial()).isEmpty();
  }

  @Test
  void bytesThatAreNoUtf8AreMarked() {
    byte[] bytes = "a\u00ff\u00c3(\u009b2Jb\u00c2\n".getBytes(ISO_8859_1);
    kept.accept(bytes, 0, bytes.length);
    assertThat(lines).containsExactly("a\ufffd\ufffd(\ufffd2Jb\ufffd");
  }

  @Test
  void aLineOfExactlyTheLimitIsWhole() {
    String longest = "x".repeat(OutputText.LINE_BYTES_MAX);
    feed(kept, longest + "\n");
    assertThat(lines).containsExactly(longest);
  }

  @Test
  void aLongerLineIsCutAndSaysHowMuchIsMissing() {
    feed(kept, "\u001b[31m" + "x".repeat(OutputText.LINE_BYTES_MAX) + "yz\n");
    assertThat(lines.getFirst())
        .startsWith("\u001b[31mxxx")
        .endsWith("x\u001b[0m [7 more bytes]")
        .hasSizeLessThan(OutputText.LINE_BYTES_MAX + 40);
  }

  @Test
  void aStringThatNeverEndsDoesNotSwallowTheRest() {
    feed(kept, "a\u001bP" + "x".repeat(OutputText.STRING_BYTES_MAX + 1) + "seen\n");
    feed(kept, "b\u001b]0;no end\nseen\n");
    assertThat(lines).containsExactly("aseen", "b", "seen");
  }

  @Test
  void whereTheOutputIsCutMakesNoDifference() {
    String output =
        "pl\u001b[1main\u001b[0m\u001b]0;t\u001b\\é\u009b1Ax\r"
            + "\u001b[32mgreen\n"
            + "✔\u001b[?7hend\n"
            + "日本\b\n";
    byte[] bytes = output.getBytes(UTF_8);
    kept.accept(bytes, 0, bytes.length);
    List<String> whole = List.copyOf(lines);
    Random random = new Random(42);
    for (int i = 0; i < 200; i++) {
      lines.clear();
      OutputText pieces = new OutputText(Colours.KEEP, this::add);
      int at = 0;
      while (at < bytes.length) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(4));
        pieces.accept(bytes, at, length);
        at += length;
      }
      assertThat(lines).isEqualTo(whole);
    }
  }

  @Test
  void nothingButTextAndColoursEverComesOut() {
    Random random = new Random(7);
    String alphabet =
        "\u001b\u009b\u009d\u0090[]P;?0123mHJhl\\\u0007\n\r\b\tabcé日\u202e\u00c2\u00ff";
    for (int round = 0; round < 2_000; round++) {
      StringBuilder output = new StringBuilder();
      for (int i = 0; i < 60; i++) {
        output.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      byte[] bytes = output.toString().getBytes(round % 2 == 0 ? UTF_8 : ISO_8859_1);
      kept.accept(bytes, 0, bytes.length);
    }
    kept.flush();
    Pattern harmful = Pattern.compile("[\\x00-\\x08\\x0a-\\x1f\\x7f\\x{80}-\\x{9f}\u202e]");
    assertThat(lines)
        .filteredOn(line -> harmful.matcher(line.replaceAll("\u001b\\[[0-9;:]*m", "")).find())
        .map(line -> line.chars().mapToObj(Integer::toHexString).toList())
        .isEmpty();
  }
}
