package dev.stepbox.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.cli.exit.ExitCode;
import dev.stepbox.cli.render.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HelpTest {
  private static final CliRun.Place PLACE = CliRun.in(Path.of("/nowhere"));

  static Stream<String> commands() {
    List<String> all = new ArrayList<>();
    for (CommandName name : CommandName.values()) {
      all.add(name.word());
      if (Cli.create(name) instanceof CommandGroup group) {
        group.words().forEach(word -> all.add(name.word() + " " + word));
      }
    }
    return all.stream();
  }

  private static String[] words(String command, String last) {
    return Stream.concat(Arrays.stream(command.split(" ", -1)), Stream.of(last))
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithExamples(String command) {
    CliRun run = PLACE.run(words(command, "--help"));
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("\nUsage: stepbox " + command, "\nExamples:\n  ");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    Golden.check("help/" + command.replace(' ', '-') + ".txt", run.out());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpAsACommandShowsTheSame(String command) {
    List<String> arguments = new ArrayList<>(List.of("help"));
    arguments.addAll(Arrays.asList(command.split(" ", -1)));
    assertThat(PLACE.run(arguments.toArray(String[]::new)).out())
        .isEqualTo(PLACE.run(words(command, "--help")).out());
  }

  @Test
  void theTopHelpNamesAllCommandsAndExitCodes() {
    CliRun run = PLACE.run("--help");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    for (CommandName name : CommandName.values()) {
      assertThat(run.out()).contains("\n  " + name.word() + " ");
    }
    for (ExitCode code : ExitCode.values()) {
      assertThat(run.out()).containsPattern("\n  " + code.number() + " +\\w");
    }
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    Golden.check("help/stepbox.txt", run.out());
    assertThat(PLACE.run("-h").out()).isEqualTo(run.out());
    assertThat(PLACE.run("help").out()).isEqualTo(run.out());
  }

  @Test
  void withoutACommandTheHelpIsAnError() {
    CliRun run = PLACE.run();
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).isEqualTo(PLACE.run("--help").out());
  }

  @Test
  void theReferenceOfCommandsIsTheirHelp() {
    StringBuilder page = new StringBuilder();
    page.append("# Commands\n\nThe help of every command, as it prints it. Made by a test.\n");
    section(page, "stepbox", PLACE.run("--help").out());
    commands()
        .forEach(name -> section(page, "stepbox " + name, PLACE.run(words(name, "--help")).out()));
    Golden.check(Path.of("../../docs/reference/commands.md"), page.toString());
  }

  private static void section(StringBuilder page, String title, String help) {
    page.append("\n## ").append(title).append("\n\n```text\n").append(help).append("```\n");
  }

  @Test
  void theVersionIsTheSameInBothForms() {
    assertThat(PLACE.run("--version").out())
        .startsWith("stepbox ")
        .contains("Java 25", "Linux")
        .isEqualTo(PLACE.run("version").out());
  }
}
