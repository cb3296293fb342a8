package dev.stepbox.cli.config;

import dev.stepbox.cli.exit.CliErrorCode;
import dev.stepbox.cli.exit.CliException;
import dev.stepbox.cli.exit.Problem;
import dev.stepbox.engine.Permissions;
import dev.stepbox.engine.Permissions.HostNetwork;
import dev.stepbox.engine.Permissions.Nesting;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the environment decides. An option of the command line, where there is one, wins over the
 * variable; the variable wins over the default.
 *
 * @param home where builds, images, layers and caches are kept; absolute
 * @param runtime a directory of this user's for sockets, {@code XDG_RUNTIME_DIR}, or null
 * @param colours whether text is coloured
 * @param output the form of the output where no option says it
 * @param quotaBytes most that the store should take on disk; null for its default
 * @param reserveBytes least that should stay free on the file system; null for its default
 * @param orphanTimeout how long a build without an engine and without a running step is kept ready;
 *     null for its default
 * @param permissions what pipelines get that they may not take for themselves
 */
public record Settings(
    Path home,
    @Nullable Path runtime,
    ColourPolicy colours,
    OutputForm output,
    @Nullable Long quotaBytes,
    @Nullable Long reserveBytes,
    @Nullable Duration orphanTimeout,
    Permissions permissions) {

  /** The variable that moves everything that is kept. */
  public static final String HOME = "STEPBOX_HOME";

  /** The variable that sets the default of {@code --output}. */
  public static final String OUTPUT = "STEPBOX_OUTPUT";

  /** The variable that bounds the store. */
  public static final String QUOTA = "STEPBOX_QUOTA";

  /** The variable that keeps space free beside the store. */
  public static final String RESERVE = "STEPBOX_RESERVE";

  /** The variable that bounds how long a build waits for a new engine. */
  public static final String ORPHAN_TIMEOUT = "STEPBOX_ORPHAN_TIMEOUT";

  /** The variable that says where the kernel of virtual machines is. */
  static final String KERNEL = "STEPBOX_KERNEL";

  /** The variable that says which device makes virtual machines fast. */
  static final String KVM = "STEPBOX_KVM";

  /** The variable that asks for a log of the program itself. */
  static final String LOG = "STEPBOX_LOG";

  private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,5}");

  /** The variable that lets every pipeline use the network of this machine. */
  public static final String ALLOW_HOST_NETWORK = "STEPBOX_ALLOW_HOST_NETWORK";

  /** The variable that lets steps of every pipeline make namespaces themselves. */
  public static final String ALLOW_NESTING = "STEPBOX_ALLOW_NESTING";

  /** The variable that lets every pipeline read files below further directories. */
  public static final String ALLOW_PATHS = "STEPBOX_ALLOW_PATHS";

  private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

  private static final Pattern SIZE = Pattern.compile("(\\d{1,6})(MiB|GiB|TiB)");

  /** The form of the output. */
  public enum OutputForm {
    /** For people. */
    TEXT,
    /** For programs: one JSON value per line. */
    JSON
  }

  /**
   * Reads the environment.
   *
   * @throws CliException with every variable that cannot be used, not only the first
   */
  public static Settings from(Map<String, String> environment) {
    List<Problem> problems = new ArrayList<>();
    Path home = home(environment, problems);
    Path runtime = xdg(environment, "XDG_RUNTIME_DIR");
    OutputForm output = output(environment, problems);
    Long quota = size(environment, QUOTA, problems);
    Long reserve = size(environment, RESERVE, problems);
    Duration orphanTimeout = seconds(environment, ORPHAN_TIMEOUT, problems);
    var permissions =
        new Permissions(
            isAllowed(environment, ALLOW_HOST_NETWORK, problems)
                ? HostNetwork.ALLOWED
                : HostNetwork.REFUSED,
            isAllowed(environment, ALLOW_NESTING, problems) ? Nesting.ALLOWED : Nesting.REFUSED,
            allowedPaths(environment, problems));
    machines(environment, problems);
    log(environment, problems);
    if (home == null || !problems.isEmpty()) {
      throw new CliException(CliErrorCode.SETTINGS, problems);
    }
    return new Settings(
        home,
        runtime,
        ColourPolicy.of(environment),
        output,
        quota,
        reserve,
        orphanTimeout,
        permissions);
  }

  private static @Nullable Path home(Map<String, String> environment, List<Problem> problems) {
    String chosen = environment.getOrDefault(HOME, "");
    if (!chosen.isEmpty()) {
      Path path = path(chosen);
      if (path == null || !path.isAbsolute()) {
        problems.add(
            Problem.of(
                "cannot use %s='%s': it is not an absolute path".formatted(HOME, chosen),
                "Set it to a directory such as /var/tmp/stepbox, or unset it."));
        return null;
      }
      return path.normalize();
    }
    Path data = xdg(environment, "XDG_DATA_HOME");
    if (data != null) {
      return data.resolve("stepbox");
    }
    Path user = path(environment.getOrDefault("HOME", ""));
    if (user == null || !user.isAbsolute()) {
      problems.add(
          Problem.of(
              "cannot tell where to keep builds: neither %s, XDG_DATA_HOME nor HOME is set"
                  .formatted(HOME),
              "Set %s to a directory that you can write to.".formatted(HOME)));
      return null;
    }
    return user.resolve(".local/share/stepbox").normalize();
  }

  /** The XDG specification wants relative paths to be ignored. */
  private static @Nullable Path xdg(Map<String, String> environment, String name) {
    Path path = path(environment.getOrDefault(name, ""));
    return path == null || !path.isAbsolute() ? null : path.normalize();
  }

  private static OutputForm output(Map<String, String> environment, List<Problem> problems) {
    String chosen = environment.getOrDefault(OUTPUT, "");
    return switch (chosen) {
      case "", "text" -> OutputForm.TEXT;
      case "json" -> OutputForm.JSON;
      default -> {
        problems.add(
            Problem.of(
                "cannot use %s='%s'".formatted(OUTPUT, chosen), "Set it to 'text' or 'json'."));
        yield OutputForm.TEXT;
      }
    };
  }

  private static @Nullable Long size(
      Map<String, String> environment, String name, List<Problem> problems) {
    String chosen = environment.getOrDefault(name, "");
    if (chosen.isEmpty()) {
      return null;
    }
    Matcher size = SIZE.matcher(chosen);
    if (!size.matches()) {
      problems.add(
          Problem.of(
              "cannot use %s='%s': it is not a size".formatted(name, chosen),
              "Write a whole number of MiB, GiB or TiB, for example 50GiB."));
      return null;
    }
    int shift =
        switch (size.group(2)) {
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> 40;
        };
    return Long.parseLong(size.group(1)) << shift;
  }

  private static @Nullable Duration seconds(
      Map<String, String> environment, String name, List<Problem> problems) {
    String chosen = environment.getOrDefault(name, "");
    if (chosen.isEmpty()) {
      return null;
    }
    if (!SECONDS.matcher(chosen).matches()) {
      problems.add(
          Problem.of(
              "cannot use %s='%s': it is not a number of seconds".formatted(name, chosen),
              "Write a whole number from 1 to 999999, for example 300."));
      return null;
    }
    return Duration.ofSeconds(Long.parseLong(chosen));
  }

  /** Who makes the machines reads them; here they are only looked at. */
  private static void machines(Map<String, String> environment, List<Problem> problems) {
    String device = environment.getOrDefault(KVM, "");
    Path kvm = path(device);
    if (!device.isEmpty() && (kvm == null || !kvm.isAbsolute())) {
      problems.add(
          Problem.of(
              "cannot use %s='%s': it is no absolute path".formatted(KVM, device),
              "Set it to a device such as /dev/kvm, or to /dev/null for emulation, or unset it."));
    }
    String chosen = environment.getOrDefault(KERNEL, "");
    Path path = path(chosen);
    if (!chosen.isEmpty() && (path == null || !path.isAbsolute() || !Files.isDirectory(path))) {
      problems.add(
          Problem.of(
              "cannot use %s='%s': it is no absolute path of a directory".formatted(KERNEL, chosen),
              "Set it to a directory with boot/vmlinuz-VERSION and lib/modules/VERSION, or unset"
                  + " it."));
    }
  }

  private static void log(Map<String, String> environment, List<Problem> problems) {
    String chosen = environment.getOrDefault(LOG, "");
    if (!chosen.isEmpty() && !LEVELS.contains(chosen.toLowerCase(Locale.ROOT))) {
      problems.add(
          Problem.of(
              "cannot use %s='%s'".formatted(LOG, chosen),
              "Set it to 'error', 'warn', 'info', 'debug' or 'trace', or unset it."));
    }
  }

  private static boolean isAllowed(
      Map<String, String> environment, String name, List<Problem> problems) {
    String chosen = environment.getOrDefault(name, "");
    return switch (chosen) {
      case "", "0" -> false;
      case "1" -> true;
      default -> {
        problems.add(
            Problem.of(
                "cannot use %s='%s'".formatted(name, chosen),
                "Set it to 1 to allow it, or unset it."));
        yield false;
      }
    };
  }

  private static List<Path> allowedPaths(Map<String, String> environment, List<Problem> problems) {
    List<Path> paths = new ArrayList<>();
    for (String chosen : environment.getOrDefault(ALLOW_PATHS, "").split(":")) {
      Path path = path(chosen);
      if (path != null && path.isAbsolute()) {
        paths.add(path);
      } else if (!chosen.isEmpty()) {
        problems.add(
            Problem.of(
                "cannot use %s: '%s' is not an absolute path".formatted(ALLOW_PATHS, chosen),
                "Write directories such as /srv/images, with a colon between them."));
      }
    }
    return paths;
  }

  private static @Nullable Path path(String text) {
    try {
      return text.isEmpty() ? null : Path.of(text);
    } catch (InvalidPathException ignored) {
      // A NUL in it; the caller says that it is no path.
      return null;
    }
  }
}
