package dev.stepbox.cli;

import dev.stepbox.cli.exit.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where results go, and whether all of them got there: a print stream keeps silent about what it
 * could not write.
 */
final class StandardOutput extends OutputStream {
  private final OutputStream file;
  private final Path link;
  private @Nullable IOException failure;

  /**
   * Writes to a file.
   *
   * @param link names what the descriptor leads to, as under {@code /proc/self/fd}
   */
  StandardOutput(OutputStream file, Path link) {
    this.file = file;
    this.link = link;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      file.write(bytes, offset, length);
    } catch (IOException e) {
      failure = failure == null ? e : failure;
      throw e;
    }
  }

  /**
   * How the process ends. What was to be written and was not is an error, unless the command has
   * another one; a reader that has had enough, as {@code head} has, is none.
   */
  ExitCode end(ExitCode code, PrintStream err) {
    IOException why = failure;
    if (why == null || isLeftByItsReader(why)) {
      return code;
    }
    err.println("stepbox: cannot write standard output: " + why.getMessage());
    return code == ExitCode.OK ? ExitCode.INFRASTRUCTURE : code;
  }

  /** Nothing but the end of its reader makes a write to a pipe fail. */
  private boolean isLeftByItsReader(IOException why) {
    String target;
    try {
      target = Files.readSymbolicLink(link).toString();
    } catch (IOException ignored) {
      target = "";
    }
    return target.startsWith("pipe:")
        || target.startsWith("socket:")
        || String.valueOf(why.getMessage()).contains("Broken pipe");
  }
}
