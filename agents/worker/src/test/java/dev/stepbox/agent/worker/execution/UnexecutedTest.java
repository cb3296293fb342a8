package dev.stepbox.agent.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Action;
import dev.stepbox.agent.protocol.Caps;
import dev.stepbox.agent.protocol.Interpreter;
import dev.stepbox.agent.protocol.Nesting;
import dev.stepbox.agent.protocol.NetworkMode;
import dev.stepbox.agent.protocol.RootImage;
import dev.stepbox.agent.protocol.StepOutcome;
import dev.stepbox.agent.protocol.Terminal;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnexecutedTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "true | 2 | 127 | cannot execute '/bin/sh': no such file in image 'host'",
        "#!/usr/bin/nope | 2 | 127 | '/usr/bin/nope', which the first line of the script asks for:"
            + " no",
        "#! /a/b -x | 20 | 127 | cannot execute '/a/b', which",
        "#!/etc/passwd | 13 | 126 | it is not executable in image 'host'",
        "#! | 8 | 126 | cannot execute ''",
        "#!/bin/bash% | 2 | 127 | cannot execute '/bin/bash\\r', which",
        "#!/bin/bash% | 2 | 127 | ends with a carriage return ('\\r'), as on Windows",
        "true | 7 | 126 | longer than the kernel allows",
        "true | 5 | 126 | errno 5",
      })
  void anUnexecutedProgramFailsItsStepLikeInAShell(
      String firstLine, int errno, int exitCode, String says) {
    String script = firstLine.replace('%', '\r') + "\necho never\n";
    StepOutcome outcome = Unexecuted.outcome(shell(script), RootImage.host(), errno);
    assertThat(outcome)
        .asInstanceOf(InstanceOfAssertFactories.type(StepOutcome.Failed.class))
        .satisfies(failed -> {
          assertThat(failed.exitCode()).isEqualTo(exitCode);
          assertThat(failed.message()).contains(says);
        });
  }

  private static Action.Shell shell(String script) {
    return new Action.Shell(
        script,
        Interpreter.SH,
        null,
        Caps.none(),
        null,
        List.of(),
        NetworkMode.BUILD,
        Terminal.NONE,
        Nesting.NONE);
  }
}
