package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * One command. Its options are declared by calls and not by annotations, because reading
 * annotations by reflection costs more at each start than all else that a short command does.
 */
interface Command {

  /** The options, the parameters and the help; {@link Specs} makes it. */
  CommandSpec spec();

  /**
   * Does it.
   *
   * @throws dev.stepbox.cli.exit.CliException where it cannot
   */
  ExitCode run(ParseResult arguments, Invocation invocation) throws InterruptedException;
}
