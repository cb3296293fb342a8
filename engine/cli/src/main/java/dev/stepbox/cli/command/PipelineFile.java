package dev.stepbox.cli.command;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.pipeline.diagnostic.SourceName;
import dev.stepbox.pipeline.diagnostic.SourceText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline file of a directory.
 *
 * @param directory that the pipeline belongs to, absolute
 * @param source the text, under the name that the user would type
 */
record PipelineFile(Path directory, SourceText source) {

  static final String NAME = "stepbox.yaml";

  /** More is not read: the parser refuses a file of more than 1 MiB and says so. */
  private static final int BYTES_MAX = (1 << 20) + 1;

  private static final String STARTER =
      """
      stepbox: 1
      stages:
        - stage: Build
          steps:
            - checkout: scm
            - sh: echo "hello from $(hostname)\"\
      """;

  /**
   * Reads the file.
   *
   * @param argument the directory, or the file in it, as the user typed it; null for the working
   *     directory
   * @throws CliException code PIPELINE_FILE, with what to do
   */
  static PipelineFile read(Invocation invocation, @Nullable String argument) {
    Path given = argument == null ? invocation.directory() : invocation.resolve(argument);
    Path parent = given.getParent();
    boolean isFile = given.endsWith(NAME) && parent != null && Files.isRegularFile(given);
    Path directory = isFile && parent != null ? parent : given;
    String shown =
        argument == null || argument.equals(".") ? NAME : isFile ? argument : join(argument);
    if (!Files.isDirectory(directory)) {
      throw notADirectory(directory, shown);
    }
    Path file = directory.resolve(NAME);
    try (InputStream in = Files.newInputStream(file)) {
      return new PipelineFile(
          directory, SourceText.of(new SourceName(shown), in.readNBytes(BYTES_MAX)));
    } catch (java.nio.file.NoSuchFileException e) {
      throw missing(directory, e);
    } catch (AccessDeniedException e) {
      throw failed("cannot read '%s': this user may not read it".formatted(file), null, e);
    } catch (IOException e) {
      throw failed("cannot read '%s': %s".formatted(file, e.getMessage()), null, e);
    }
  }

  /** The text as it is kept with a build. */
  String text() {
    return new String(source.bytes(), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static String join(String argument) {
    return argument.endsWith("/") ? argument + NAME : argument + "/" + NAME;
  }

  private static CliException notADirectory(Path directory, String shown) {
    if (Files.exists(directory)) {
      String remedy = "Give the directory that holds the %s.".formatted(NAME);
      return failed("'%s' is not a directory".formatted(directory), remedy, null);
    }
    return failed(
        "cannot find '%s': there is no directory '%s'".formatted(shown, directory), null, null);
  }

  private static CliException missing(Path directory, IOException cause) {
    String remedy;
    Path above = above(directory);
    if (Files.exists(directory.resolve("stepbox.yml"))) {
      remedy = "There is a 'stepbox.yml'; the name must be '%s'.".formatted(NAME);
    } else if (above != null) {
      remedy = "There is one in '%s': 'stepbox run %s'.".formatted(above, above);
    } else {
      remedy = "Begin with this one:\n\n" + STARTER.indent(2).stripTrailing();
    }
    return failed("there is no %s in '%s'".formatted(NAME, directory), remedy, cause);
  }

  private static @Nullable Path above(Path directory) {
    for (Path at = directory.getParent(); at != null; at = at.getParent()) {
      if (Files.isRegularFile(at.resolve(NAME))) {
        return at;
      }
    }
    return null;
  }

  private static CliException failed(
      String message, @Nullable String remedy, @Nullable Throwable cause) {
    return new CliException(CliErrorCode.PIPELINE_FILE, new Problem(message, remedy), cause);
  }
}
