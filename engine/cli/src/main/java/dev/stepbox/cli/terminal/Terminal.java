package dev.stepbox.cli.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What standard output and standard error lead to.
 *
 * @param outIsTerminal whether standard output is a terminal
 * @param errIsTerminal whether standard error is a terminal
 * @param canMoveCursor whether the terminal can be redrawn in place
 * @param unicode whether its font and encoding show more than ASCII
 */
public record Terminal(
    boolean outIsTerminal, boolean errIsTerminal, boolean canMoveCursor, boolean unicode) {

  /** No terminal at all: pipes and files. */
  public static final Terminal NONE = new Terminal(false, false, false, true);

  private static final Pattern DEVICE =
      Pattern.compile("/dev/(pts/\\d+|tty\\w*|console|hvc\\d+)( \\(deleted\\))?");

  /**
   * Looks at the descriptors of this process. Their links under {@code /proc} name the device, so
   * that no native call, which would cost more than the rest of a start, is needed.
   *
   * @param descriptors the directory of links, {@code /proc/self/fd}
   */
  public static Terminal probe(Map<String, String> environment, Path descriptors) {
    return of(environment, target(descriptors.resolve("1")), target(descriptors.resolve("2")));
  }

  static Terminal of(Map<String, String> environment, String outTarget, String errTarget) {
    boolean out = DEVICE.matcher(outTarget).matches();
    boolean err = DEVICE.matcher(errTarget).matches();
    String kind = environment.getOrDefault("TERM", "");
    boolean moves = out && !kind.isEmpty() && !"dumb".equals(kind);
    boolean unicode = !out || (!"linux".equals(kind) && usesUtf8(environment));
    return new Terminal(out, err, moves, unicode);
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException ignored) {
      // A closed descriptor, or no /proc: nothing that could be redrawn.
      return "";
    }
  }

  private static boolean usesUtf8(Map<String, String> environment) {
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        String upper = value.toUpperCase(Locale.ROOT);
        return upper.contains("UTF-8") || upper.contains("UTF8");
      }
    }
    return false;
  }
}
