package dev.stepbox.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
  @TempDir private Path descriptors;

  @ParameterizedTest
  @ValueSource(strings = {"/dev/pts/3", "/dev/tty1", "/dev/ttyS0", "/dev/console"})
  void aTerminalIsKnownByItsDevice(String device) {
    Terminal terminal = Terminal.of(Map.of("TERM", "xterm"), device, "/dev/null");
    assertThat(terminal.outIsTerminal()).isTrue();
    assertThat(terminal.errIsTerminal()).isFalse();
    assertThat(terminal.canMoveCursor()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pipe:[123]", "/dev/null", "/tmp/log", "/dev/ptsx", "socket:[1]"})
  void anythingElseIsNone(String target) {
    assertThat(Terminal.of(Map.of("TERM", "xterm"), target, target)).isEqualTo(Terminal.NONE);
  }

  @Test
  void withoutDescriptorsThereIsNoTerminal() {
    assertThat(Terminal.probe(Map.of("TERM", "xterm"), descriptors)).isEqualTo(Terminal.NONE);
  }

  @ParameterizedTest
  @CsvSource({"dumb", "''"})
  void aDumbTerminalIsNotRedrawn(String kind) {
    assertThat(Terminal.of(Map.of("TERM", kind), "/dev/pts/1", "/dev/pts/1").canMoveCursor())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "xterm,en_US.UTF-8,true",
    "xterm,C.utf8,true",
    "xterm,C,false",
    "xterm,'',false",
    "linux,C.UTF-8,false",
  })
  void signsBeyondAsciiNeedTheRightEncodingAndFont(String kind, String locale, boolean unicode) {
    Map<String, String> environment = Map.of("TERM", kind, "LANG", locale);
    assertThat(Terminal.of(environment, "/dev/pts/1", "/dev/pts/1").unicode()).isEqualTo(unicode);
  }

  @Test
  void theSizeIsReadAsSttyWritesIt() {
    assertThat(SizeProbe.parse("50 132")).contains(new TerminalSize(132, 50));
    assertThat(SizeProbe.parse("0 0")).isEmpty();
    assertThat(SizeProbe.parse("")).isEmpty();
    assertThat(SizeProbe.parse("x y")).isEmpty();
  }

  @Test
  void anAbsurdSizeIsMadeUsable() {
    assertThat(new TerminalSize(1, 1)).isEqualTo(new TerminalSize(20, 4));
    assertThat(new TerminalSize(100_000, 100_000)).isEqualTo(new TerminalSize(1000, 1000));
  }
}
