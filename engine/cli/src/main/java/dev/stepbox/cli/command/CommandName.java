package dev.stepbox.cli.command;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The words after {@code stepbox}. Only the class of the chosen command is loaded. */
enum CommandName {
  RUN("run", "Run a pipeline, every step in its own sandbox"),
  PLAN("plan", "Show what would run, what is skipped, and why"),
  LINT("lint", "Check a pipeline without planning or running it"),
  ATTACH("attach", "Follow a build, and carry it on if its engine is gone"),
  CANCEL("cancel", "Stop a running build"),
  BUILDS("builds", "List the builds that are kept, and remove old ones"),
  SHOW("show", "Show one build: stages, steps, durations, usage"),
  LOGS("logs", "Print the output of a build, a stage or a step"),
  CP("cp", "Copy files out of a build"),
  IMAGE("image", "Import, list and remove images"),
  CACHE("cache", "Show and free the space that builds use"),
  DOCTOR("doctor", "Say what this machine can isolate, and how to mend what is missing"),
  VERSION("version", "Print the version"),
  COMPLETION("completion", "Print a completion script for a shell");

  private final String word;
  private final String summary;

  CommandName(String word, String summary) {
    this.word = word;
    this.summary = summary;
  }

  /** What the user types. */
  String word() {
    return word;
  }

  /** One line for the list of commands. */
  String summary() {
    return summary;
  }

  static Optional<CommandName> of(String word) {
    return Stream.of(values()).filter(name -> name.word.equals(word)).findFirst();
  }

  static List<String> words() {
    return Stream.of(values()).map(CommandName::word).toList();
  }
}
