package dev.stepbox.cli.config;

import java.util.Map;

/** Whether text is coloured. */
public enum ColourPolicy {
  /** Colours, whatever the output leads to. */
  ALWAYS,
  /** Colours on a terminal only. */
  TERMINAL,
  /** No colours. */
  NEVER;

  /**
   * Reads the usual variables: {@code NO_COLOR} with any value but an empty one wins, then {@code
   * CLICOLOR_FORCE} other than 0, then {@code CLICOLOR=0} and a {@code dumb} terminal.
   */
  static ColourPolicy of(Map<String, String> environment) {
    if (!environment.getOrDefault("NO_COLOR", "").isEmpty()) {
      return NEVER;
    }
    String force = environment.getOrDefault("CLICOLOR_FORCE", "");
    if (!force.isEmpty() && !"0".equals(force)) {
      return ALWAYS;
    }
    boolean unwanted =
        "0".equals(environment.get("CLICOLOR")) || "dumb".equals(environment.get("TERM"));
    return unwanted ? NEVER : TERMINAL;
  }

  /** Whether to colour what goes to a terminal, or to something that is none. */
  public boolean applies(boolean terminal) {
    return switch (this) {
      case ALWAYS -> true;
      case TERMINAL -> terminal;
      case NEVER -> false;
    };
  }
}
