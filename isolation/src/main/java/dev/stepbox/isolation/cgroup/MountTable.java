package dev.stepbox.isolation.cgroup;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The mounts of a process, parsed from the text of {@code /proc/self/mountinfo}.
 *
 * @param mounts in the order of the file: a later mount at the same point covers an earlier one
 */
public record MountTable(List<Mount> mounts) {
  private static final int FIELDS_MIN = 10;
  private static final int OCTAL_DIGITS = 3;

  /**
   * One mount.
   *
   * @param root the directory of the file system that is mounted, {@code /} for all of it
   * @param point where it is mounted
   * @param options options of this mount
   * @param type the kind of file system
   * @param superOptions options of the file system
   */
  public record Mount(
      String root, Path point, Set<String> options, String type, Set<String> superOptions) {
    public Mount {
      options = Collections.unmodifiableSet(new TreeSet<>(options));
      superOptions = Collections.unmodifiableSet(new TreeSet<>(superOptions));
    }
  }

  public MountTable {
    mounts = List.copyOf(mounts);
  }

  /** Reads the text of a mountinfo file. Lines that are not understood are left out. */
  public static MountTable parse(String mountInfo) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : mountInfo.lines().toList()) {
      String[] fields = line.split(" ", -1);
      int dash = List.of(fields).indexOf("-");
      if (fields.length >= FIELDS_MIN && dash > 0 && dash + 3 < fields.length) {
        mounts.add(
            new Mount(
                unescape(fields[3]),
                path(unescape(fields[4])),
                Set.of(fields[5].split(",", -1)),
                fields[dash + 1],
                Set.copyOf(List.of(fields[dash + 3].split(",", -1)))));
      }
    }
    return new MountTable(mounts);
  }

  /** The mount that a path lies in. */
  public Optional<Mount> of(Path path) {
    Optional<Mount> found = Optional.empty();
    int depth = -1;
    for (Mount mount : mounts) {
      if (path.startsWith(mount.point()) && mount.point().getNameCount() >= depth) {
        found = Optional.of(mount);
        depth = mount.point().getNameCount();
      }
    }
    return found;
  }

  /** Whether something else is mounted somewhere below a directory. */
  public boolean hasMountsBelow(Path directory) {
    return mounts.stream()
        .map(Mount::point)
        .anyMatch(point -> point.startsWith(directory) && !point.equals(directory));
  }

  /**
   * The path of a text. The JDK knows no path for a text that the encoding of the locale cannot
   * write, but takes the bytes of a URI as they are.
   */
  private static Path path(String text) {
    if (text.chars().allMatch(c -> c < 127)) {
      return Path.of(text);
    }
    StringBuilder uri = new StringBuilder("file://");
    for (byte b : text.getBytes(UTF_8)) {
      if (b == '/') {
        uri.append('/');
      } else {
        uri.append('%').append(HexFormat.of().toHexDigits(b));
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  /** Blank, tab, newline and backslash are written as three octal digits. */
  private static String unescape(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '\\' && i + OCTAL_DIGITS < text.length()) {
        plain.append((char) Integer.parseInt(text.substring(i + 1, i + 1 + OCTAL_DIGITS), 8));
        i += 1 + OCTAL_DIGITS;
      } else {
        plain.append(c);
        i++;
      }
    }
    return plain.toString();
  }
}
