package dev.stepbox.isolation.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusLineTest {
  @Test
  void fieldsAreSeparatedByTabs() {
    StatusLine line = StatusLine.parse("ready\tpid=4711\tegress=\ttext=a=b c\n");
    assertThat(line.word()).isEqualTo("ready");
    assertThat(line.field("pid")).isEqualTo("4711");
    assertThat(line.field("egress")).isEmpty();
    assertThat(line.field("text")).isEqualTo("a=b c");
    assertThat(line.field("absent")).isEmpty();
  }

  @Test
  void nothingAtAllIsALineToo() {
    assertThat(StatusLine.parse("").word()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "subordinate-ids, CANNOT_ISOLATE, /etc/subuid",
    "user-namespaces, CANNOT_ISOLATE, user namespaces",
    "masked-proc, CANNOT_ISOLATE, /proc",
    "egress, NETWORK_UNAVAILABLE, doctor",
    "resources, OUT_OF_RESOURCES, Free memory",
    "store, CANNOT_ISOLATE, STEPBOX_HOME",
    "of-the-future, CANNOT_ISOLATE, doctor"
  })
  void aFailureTellsWhatToDo(String hint, SandboxErrorCode code, String remedy) {
    SandboxException e =
        StatusLine.parse(
                "failed\toperation=uid-map\terrno=1\terror=EPERM\thint=" + hint + "\ttext=why")
            .toException(error -> "advice on user namespaces");
    assertThat(e.code()).isEqualTo(code);
    assertThat(e)
        .hasMessageContaining("uid-map")
        .hasMessageContaining("why")
        .hasMessageContaining("EPERM")
        .hasMessageContaining(remedy);
  }
}
