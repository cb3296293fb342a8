package dev.stepbox.cli.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LiveScreenTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LiveScreen screen = new LiveScreen(written);

  private String writes() {
    String text = written.toString(UTF_8);
    written.reset();
    return text;
  }

  @Test
  void aBlockIsDrawnOverItself() {
    screen.update(List.of(), List.of("one", "two"));
    FakeTerminal terminal = new FakeTerminal(80, 24);
    terminal.write(writes());
    assertThat(terminal.lines()).containsExactly("one", "two");
    screen.update(List.of(), List.of("one", "2"));
    String second = writes();
    terminal.write(second);
    assertThat(terminal.lines()).containsExactly("one", "2");
    assertThat(second).as("only what differs is written").doesNotContain("one");
  }

  @Test
  void nothingNewWritesNothing() {
    screen.update(List.of(), List.of("one"));
    written.reset();
    screen.update(List.of(), List.of("one"));
    assertThat(writes()).isEmpty();
  }

  @Test
  void permanentLinesStayAboveTheBlock() {
    FakeTerminal terminal = new FakeTerminal(80, 24);
    screen.update(List.of(), List.of("block 1", "block 2"));
    screen.update(List.of("done"), List.of("block 2"));
    screen.update(List.of("done too"), List.of());
    terminal.write(writes());
    assertThat(terminal.lines()).containsExactly("done", "done too");
  }

  @Test
  void whatAUserTypesBelowTheBlockIsWiped() {
    FakeTerminal terminal = new FakeTerminal(80, 24);
    screen.update(List.of(), List.of("block"));
    terminal.write(writes());
    terminal.write("^C");
    screen.update(List.of(), List.of("block again"));
    terminal.write(writes());
    assertThat(terminal.lines()).containsExactly("block again");
  }

  @Test
  void linesAreCutToTheWidthAndTheHeight() {
    screen.resize(new TerminalSize(20, 5));
    List<String> block = IntStream.range(0, 9).mapToObj(i -> i + " 日本語日本語日本語日本語").toList();
    screen.update(List.of(), block);
    FakeTerminal terminal = new FakeTerminal(20, 5);
    terminal.write(writes());
    assertThat(terminal.lines()).hasSize(4).allMatch(line -> DisplayWidth.of(line) <= 19);
    assertThat(terminal.scrolled()).isZero();
  }

  @Test
  void aNarrowerTerminalThatBrokeTheLinesIsCleanAfterTheNextRedraw() {
    FakeTerminal terminal = new FakeTerminal(60, 24);
    screen.resize(new TerminalSize(60, 24));
    screen.update(List.of("kept"), List.of("x".repeat(50), "y".repeat(50)));
    terminal.write(writes());
    terminal.reflow(30);
    screen.resize(new TerminalSize(30, 24));
    screen.update(List.of(), List.of("x", "y"));
    terminal.write(writes());
    assertThat(terminal.lines()).containsExactly("kept", "x", "y");
  }

  @Test
  void theCursorIsHiddenWhileDrawingAndGivenBack() {
    screen.update(List.of(), List.of("block"));
    FakeTerminal terminal = new FakeTerminal(80, 24);
    terminal.write(writes());
    assertThat(terminal.cursorShown()).isFalse();
    screen.close();
    screen.close();
    terminal.write(writes());
    assertThat(terminal.cursorShown()).isTrue();
    assertThat(terminal.lines()).isEmpty();
  }

  @Test
  void aTerminalThatWentAwayIsNotWrittenToAgain() {
    int[] writes = {0};
    LiveScreen broken =
        new LiveScreen(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                writes[0]++;
                throw new IOException("input/output error");
              }
            });
    broken.update(List.of(), List.of("one"));
    broken.update(List.of(), List.of("two"));
    broken.close();
    assertThat(broken.gone()).isTrue();
    assertThat(writes[0]).isEqualTo(1);
  }
}
