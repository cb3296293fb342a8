package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.Terminal;
import dev.stepbox.isolation.StepFile;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepCommandTest {
  private static StepCommand command(String script, Interpreter interpreter) {
    return StepCommand.of(
        new Action.Shell(
            script,
            interpreter,
            null,
            Caps.none(),
            null,
            List.of(),
            NetworkMode.NONE,
            Terminal.NONE,
            Nesting.NONE));
  }

  @Test
  void aScriptIsAnArgumentOfItsShell() {
    assertThat(command("make\nmake test", Interpreter.SH))
        .isEqualTo(new StepCommand(List.of("/bin/sh", "-e", "-c", "make\nmake test"), List.of()));
    assertThat(command("make", Interpreter.BASH).command())
        .containsExactly("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", "make");
  }

  @Test
  void aFirstLineThatNamesAnInterpreterIsHonoured() {
    StepCommand command = command("#!/usr/bin/env python3\nprint(1)", Interpreter.SH);
    assertThat(command.files()).hasSize(1);
    StepFile file = command.files().getFirst();
    assertThat(command.command()).containsExactly(file.path());
    assertThat(file.content()).isEqualTo("#!/usr/bin/env python3\nprint(1)\n");
    assertThat(file.mode()).isEqualTo(0755);
  }

  @Test
  void aScriptTooLongForAnArgumentIsAFile() {
    String longest = "x".repeat(StepCommand.ARGUMENT_BYTES_MAX);
    assertThat(command(longest, Interpreter.SH).files()).isEmpty();
    StepCommand longer = command(longest + "x", Interpreter.SH);
    assertThat(longer.files()).hasSize(1);
    assertThat(longer.command()).containsExactly("/bin/sh", "-e", longer.files().getFirst().path());
  }

  @Test
  void aScriptTooLongForAFileIsRefused() {
    assertThatThrownBy(() -> command("x".repeat(StepFile.MAX_CHARACTERS), Interpreter.SH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the limit is");
  }
}
