package dev.stepbox.isolation.plan;

import dev.stepbox.isolation.OciRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * An OCI runtime as it is installed here.
 *
 * @param kind which one
 * @param program its file; no link
 * @param libraries directories with the programs and libraries of the host, absolute
 */
public record RuntimeParts(OciRuntime kind, Path program, List<Path> libraries) {
  /** Where process 1 of a step, which alone sees it, sees the directory of the program. */
  private static final String INSIDE = "/runtime";

  public RuntimeParts {
    libraries = List.copyOf(libraries);
    if (!program.isAbsolute() || program.getFileName() == null) {
      throw new IllegalArgumentException("not the path of a program: '%s'".formatted(program));
    }
  }

  /** Of the program. */
  Path directory() {
    return Objects.requireNonNull(program.getParent(), "an absolute path of a file has a parent");
  }

  /**
   * Makes a container, executes the step in it, and ends. {@code crun} is told to leave cgroups
   * alone, and {@code runc} does so where it may not write to them: steps are in theirs already.
   */
  List<String> command(boolean hasTerminal) {
    List<String> command =
        new ArrayList<>(List.of(INSIDE + "/" + program.getFileName(), "--root", "/run/state"));
    switch (kind) {
      case CRUN -> command.add("--cgroup-manager=disabled");
      case RUNC -> {}
    }
    command.addAll(List.of("run", "--detach", "--bundle", "/run/bundle", "--pid-file", "/run/pid"));
    if (hasTerminal) {
      command.addAll(List.of("--console-socket", "/run/console"));
    }
    command.add("step");
    return command;
  }
}
