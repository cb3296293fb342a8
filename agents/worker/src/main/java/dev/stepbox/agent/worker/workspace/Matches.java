package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.worker.workspace.WorkspaceView.Found;
import dev.stepbox.isolation.TreeEntry.Kind;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What of a workspace matches, while its layers are laid over each other from the lowest to the
 * topmost one. Entries that do not match only hide what they hide. Not for use by several threads.
 */
final class Matches {
  /** What an entry takes in memory beside its name, about. */
  static final int ENTRY_BYTES = 256;

  private final FileGlobs globs;
  private final long heldBytesMax;
  private final TreeMap<String, Found> files = new TreeMap<>();
  private long heldBytes;

  Matches(FileGlobs globs, long heldBytesMax) {
    this.globs = globs;
    this.heldBytesMax = heldBytesMax;
  }

  /** Whether more matched than may be held; what is held then is not all. */
  boolean isTooMuch() {
    return heldBytes > heldBytesMax;
  }

  /** Sorted by path. */
  List<Found> files() {
    return List.copyOf(files.values());
  }

  /** The next entry of a layer; a directory comes before what is in it. */
  void lay(Found upper) {
    String path = upper.path();
    if (upper.entry().kind() != Kind.DIRECTORY) {
      // Everything that begins with the path and a slash; the next character after it is a zero.
      SortedMap<String, Found> hidden = files.subMap(path + "/", path + "0");
      hidden.values().forEach(each -> heldBytes -= bytes(each));
      hidden.clear();
    }
    Found lower = files.remove(path);
    if (lower != null) {
      heldBytes -= bytes(lower);
    }
    boolean isFile =
        switch (upper.entry().kind()) {
          case DIRECTORY, OPAQUE_DIRECTORY, WHITEOUT -> false;
          case FILE, SYMBOLIC_LINK, PIPE, SOCKET, DEVICE -> globs.matches(upper.text());
        };
    if (isFile) {
      files.put(path, upper);
      heldBytes += bytes(upper);
    }
  }

  private static long bytes(Found found) {
    // The entry has a path of its own.
    return ENTRY_BYTES + 2L * found.path().length() + found.entry().rawLink().length();
  }
}
