package dev.stepbox.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command whose first argument names what it does, such as {@code image import}. */
interface CommandGroup extends Command {

  /** The words that may follow. */
  List<String> words();

  /** The command behind a word, or null if there is none. */
  @Nullable Command member(String word);
}
