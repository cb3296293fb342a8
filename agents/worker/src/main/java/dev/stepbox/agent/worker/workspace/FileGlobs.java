package dev.stepbox.agent.worker.workspace;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which files of a workspace are meant: those that match one of the includes and none of the
 * excludes. Globs are those of Ant, relative to the workspace: {@code ?} is one character, {@code
 * *} any number of them within a name, {@code **} any number of directories; one that ends in
 * {@code /} means everything below. Case matters, and no file is left out by default. Immutable.
 */
public final class FileGlobs {
  private final List<Glob> includes;
  private final List<Glob> excludes;

  private FileGlobs(List<Glob> includes, List<Glob> excludes) {
    this.includes = includes;
    this.excludes = excludes;
  }

  /**
   * Reads globs.
   *
   * @throws IllegalArgumentException for one that leaves the workspace, with a message for people
   */
  public static FileGlobs of(List<String> includes, List<String> excludes) {
    return new FileGlobs(
        includes.stream().map(Glob::parse).toList(), excludes.stream().map(Glob::parse).toList());
  }

  /** Whether a file is meant, by its path relative to the workspace. */
  boolean matches(String path) {
    String[] names = path.split("/", -1);
    return includes.stream().anyMatch(glob -> glob.matches(names))
        && excludes.stream().noneMatch(glob -> glob.matches(names));
  }

  /**
   * The directories, or files, below which everything lies that is meant: none of them in another.
   * The empty path is the whole workspace.
   */
  Set<String> roots() {
    Set<String> all = new TreeSet<>();
    includes.forEach(glob -> all.add(glob.root()));
    Set<String> roots = new TreeSet<>(all);
    for (String outer : all) {
      roots.removeIf(
          inner -> !inner.equals(outer) && (outer.isEmpty() || inner.startsWith(outer + "/")));
    }
    return roots;
  }

  private record Glob(List<String> parts) {
    private static final String ANY_DIRECTORIES = "**";

    static Glob parse(String text) {
      String path = text.endsWith("/") ? text + ANY_DIRECTORIES : text;
      List<String> parts = new ArrayList<>();
      for (String part : path.split("/", -1)) {
        if (part.equals("..") || (part.isEmpty() && parts.isEmpty())) {
          throw new IllegalArgumentException(
              "'%s' does not lie in the workspace. Write a glob relative to it, without '..'."
                  .formatted(text));
        }
        boolean isRepeated =
            part.equals(ANY_DIRECTORIES)
                && !parts.isEmpty()
                && parts.getLast().equals(ANY_DIRECTORIES);
        if (!part.equals(".") && !part.isEmpty() && !isRepeated) {
          parts.add(part);
        }
      }
      return new Glob(parts);
    }

    String root() {
      List<String> fixed = new ArrayList<>();
      for (String part : parts) {
        if (part.indexOf('*') >= 0 || part.indexOf('?') >= 0) {
          break;
        }
        fixed.add(part);
      }
      return String.join("/", fixed);
    }

    /** One row of a table at a time: which parts of the glob can be used up by the names so far. */
    boolean matches(String[] names) {
      boolean[] usable = new boolean[parts.size() + 1];
      usable[0] = true;
      openDirectories(usable);
      for (String name : names) {
        boolean[] next = new boolean[parts.size() + 1];
        for (int i = 0; i < parts.size(); i++) {
          if (usable[i]) {
            if (parts.get(i).equals(ANY_DIRECTORIES)) {
              next[i] = true;
            } else if (matchesName(parts.get(i), name)) {
              next[i + 1] = true;
            }
          }
        }
        openDirectories(next);
        usable = next;
      }
      return usable[parts.size()];
    }

    private void openDirectories(boolean[] usable) {
      for (int i = 0; i < parts.size(); i++) {
        usable[i + 1] |= usable[i] && parts.get(i).equals(ANY_DIRECTORIES);
      }
    }

    /** Goes back to the last asterisk only, which is enough: time is at most their product. */
    private static boolean matchesName(String glob, String name) {
      int g = 0;
      int n = 0;
      int star = -1;
      int starName = 0;
      while (n < name.length()) {
        if (g < glob.length() && glob.charAt(g) == '*') {
          star = g++;
          starName = n;
        } else if (g < glob.length()
            && (glob.charAt(g) == '?' || glob.charAt(g) == name.charAt(n))) {
          g++;
          n++;
        } else if (star >= 0) {
          g = star + 1;
          n = ++starName;
        } else {
          return false;
        }
      }
      while (g < glob.length() && glob.charAt(g) == '*') {
        g++;
      }
      return g == glob.length();
    }
  }
}
