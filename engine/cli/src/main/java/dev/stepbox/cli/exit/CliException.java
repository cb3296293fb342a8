package dev.stepbox.cli.exit;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A command cannot go on. It carries everything that is wrong, not only the first thing. */
public final class CliException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final CliErrorCode code;
  private final transient List<Problem> problems;

  /** Gives up because of several things at once. */
  public CliException(CliErrorCode code, List<Problem> problems) {
    super(problems.stream().map(Problem::message).collect(Collectors.joining("; ")));
    this.code = code;
    this.problems = List.copyOf(problems);
    if (this.problems.isEmpty()) {
      throw new IllegalArgumentException("an error without a problem");
    }
  }

  /** Gives up because of one thing. */
  public CliException(CliErrorCode code, Problem problem, @Nullable Throwable cause) {
    this(code, List.of(problem));
    if (cause != null) {
      initCause(cause);
    }
  }

  /** Gives up because of one thing, with what to do about it. */
  public static CliException of(CliErrorCode code, String message, String remedy) {
    return new CliException(code, List.of(Problem.of(message, remedy)));
  }

  /** Why, for programs. */
  public CliErrorCode code() {
    return code;
  }

  /** Why, for people; never empty. */
  public List<Problem> problems() {
    return problems;
  }
}
