package dev.stepbox.pipeline.model;

import java.util.regex.Pattern;

/** What a step without a name is called: what it does, in one line that no terminal obeys. */
final class StepTitle {
  /** Controls, separators of lines and paragraphs, and marks that reorder text. */
  private static final Pattern OBEYED =
      Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]");

  private StepTitle() {}

  static String of(Step step) {
    return switch (step) {
      case Step.Shell shell -> firstLine(shell.script());
      case Step.Checkout checkout ->
          switch (checkout.source()) {
            case CheckoutSource.Scm _ -> "checkout: scm";
            case CheckoutSource.Repository repository -> "checkout: " + repository.url();
          };
      case Step.Archive archive -> "archive: " + String.join(", ", archive.files().includes());
      case Step.Stash stash -> "stash: " + stash.stash();
      case Step.Unstash unstash -> "unstash: " + unstash.stash();
    };
  }

  private static String firstLine(String script) {
    String text = script.strip();
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end).stripTrailing() + " …";
    return OBEYED.matcher(line).replaceAll("·");
  }
}
