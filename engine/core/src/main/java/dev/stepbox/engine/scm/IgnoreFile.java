package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one file.
 *
 * @param depth how many names deep its directory lies in the repository
 * @param rules in the order of the file; the last that speaks of a path decides
 */
record IgnoreFile(int depth, List<IgnoreRule> rules) {

  /** Largest ignore file that is read, in bytes. */
  static final int BYTES_MAX = 4 * 1024 * 1024;

  private static final String MARK = "\u00ef\u00bb\u00bf";

  IgnoreFile {
    rules = List.copyOf(rules);
  }

  /** The rules of a file; null when there is no such regular file, or no rule in it. */
  static @Nullable IgnoreFile read(Path file, int depth) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      bytes = in.readNBytes(BYTES_MAX + 1);
    } catch (NoSuchFileException goneMeanwhile) {
      return null;
    }
    if (bytes.length > BYTES_MAX) {
      throw new EngineException(
          ErrorCode.LIMIT_EXCEEDED,
          "cannot read '%s': an ignore file has at most %d bytes. Shorten it."
              .formatted(file, BYTES_MAX));
    }
    IgnoreFile read = parse(new String(bytes, ISO_8859_1), depth);
    return read.rules.isEmpty() ? null : read;
  }

  static IgnoreFile parse(String text, int depth) {
    List<IgnoreRule> rules = new ArrayList<>();
    String content = text.startsWith(MARK) ? text.substring(MARK.length()) : text;
    for (String line : content.split("\n", -1)) {
      String whole = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
      IgnoreRule rule = IgnoreRule.parse(whole);
      if (rule != null) {
        rules.add(rule);
      }
    }
    return new IgnoreFile(depth, rules);
  }

  /** What the last rule that speaks of a path says; null when none does. */
  @Nullable Boolean ignores(List<String> path, boolean isDirectory) {
    for (int i = rules.size() - 1; i >= 0; i--) {
      if (rules.get(i).matches(path, depth, isDirectory)) {
        return !rules.get(i).isNegated();
      }
    }
    return null;
  }
}
