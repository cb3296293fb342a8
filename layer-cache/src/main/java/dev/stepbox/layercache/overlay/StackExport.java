package dev.stepbox.layercache.overlay;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.PipeMaker;
import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreeEntry.Kind;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.overlay.StackView.Found;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Copies what is seen in a stack of layers out of the store, to files of this process's own user.
 * What is in the stack is not trusted: no link is followed, and none that was copied leads what
 * comes after it elsewhere.
 */
public final class StackExport {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int PERMISSIONS = 0777;
  private static final int OWNER_CAN_READ_AND_WRITE = 0600;
  private static final int OWNER_CAN_ENTER = 0700;

  private final List<Path> trees;
  private final IdMappedTree port;
  private final PipeMaker pipes;
  private final long listingBytesMax;
  private final StackView view;

  /**
   * Copies out of some trees.
   *
   * @param trees bottom to top
   * @param listingBytesMax what the entries of one copy may take in memory
   */
  public StackExport(List<Path> trees, IdMappedTree port, PipeMaker pipes, long listingBytesMax) {
    this.trees = List.copyOf(trees);
    this.port = port;
    this.pipes = pipes;
    this.listingBytesMax = listingBytesMax;
    this.view = new StackView(trees, port);
  }

  /**
   * Copies an entry with all below it. Files that are there are replaced. Times and permissions are
   * those of the originals, those of a directory only if it was not there. Sockets and devices are
   * left out; setuid and setgid bits, owners and extended attributes do not come along.
   *
   * @param target the name of the copy; for a directory, it may be there, and a link of that name
   *     is followed only where all of the stack is copied
   * @return how many files, links and pipes were copied; -1 if nothing is seen at the path
   */
  public int copy(TreePath path, Path target) throws InterruptedException {
    Optional<Found> found =
        path.isRoot() ? Optional.empty() : view.find(path).filter(each -> isKept(each.entry()));
    if (found.isEmpty() && !path.isRoot()) {
      return -1;
    }
    try {
      if (found.isPresent() && !found.get().entry().isDirectory()) {
        Files.createDirectories(parentOf(target));
        copy(path, found.get(), target);
        return 1;
      }
      Map<Path, TreeEntry> made = new LinkedHashMap<>();
      if (found.isPresent() && !Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
        // A checkout may hold a link of that name, and its author is not who reads the copy.
        Files.deleteIfExists(target);
        made.put(target, found.get().entry());
      }
      Files.createDirectories(target);
      int count = 0;
      for (var each : below(path).entrySet()) {
        count += lay(path, new TreePath(each.getKey()), each.getValue(), target, made);
      }
      // What is put into a directory changes its time.
      for (var each : made.entrySet()) {
        finish(each.getKey(), each.getValue(), OWNER_CAN_ENTER);
      }
      return count;
    } catch (IOException e) {
      // What the port reads fails with an exception of its own.
      throw new LayerCacheException(
          Code.DESTINATION_UNUSABLE,
          "cannot write '%s': %s. Name a place where you may write."
              .formatted(target, e.getMessage()),
          e);
    }
  }

  private int lay(TreePath top, TreePath path, Found found, Path target, Map<Path, TreeEntry> made)
      throws IOException, InterruptedException {
    String raw = path.raw();
    var inside = new TreePath(top.isRoot() ? raw : raw.substring(top.raw().length() + 1));
    Path to = inside.in(target);
    if (found.entry().isDirectory()) {
      // A link that an earlier copy left there would lead the files of this one away.
      if (!Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS)) {
        Files.deleteIfExists(to);
        Files.createDirectory(to);
        made.put(to, found.entry());
      }
      return 0;
    }
    if (!isKept(found.entry())) {
      return 0;
    }
    copy(path, found, to);
    return 1;
  }

  private void copy(TreePath path, Found found, Path to) throws IOException, InterruptedException {
    if (Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(to.toString(), null, "a directory is there");
    }
    TreeEntry entry = found.entry();
    if (entry.kind() == Kind.SYMBOLIC_LINK) {
      Files.deleteIfExists(to);
      Files.createSymbolicLink(to, RawPaths.of(entry.rawLink()));
      Files.getFileAttributeView(to, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(timeOf(entry), null, null);
      return;
    }
    if (entry.kind() == Kind.PIPE) {
      pipes.make(to, entry.mode() & PERMISSIONS, timeOf(entry).toInstant());
      return;
    }
    Path part = Files.createTempFile(parentOf(to), ".stepbox-", ".part");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), BUFFER_BYTES)) {
        port.read(found.tree(), path, out);
      }
      finish(part, entry, OWNER_CAN_READ_AND_WRITE);
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void finish(Path copy, TreeEntry entry, int least) throws IOException {
    Files.setAttribute(copy, "unix:mode", (entry.mode() & PERMISSIONS) | least);
    Files.setLastModifiedTime(copy, timeOf(entry));
  }

  private static FileTime timeOf(TreeEntry entry) {
    return FileTime.from(Instant.ofEpochSecond(entry.modifiedSeconds(), entry.modifiedNanos()));
  }

  private static Path parentOf(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file : parent;
  }

  private static boolean isKept(TreeEntry entry) {
    return switch (entry.kind()) {
      case FILE, DIRECTORY, OPAQUE_DIRECTORY, SYMBOLIC_LINK, PIPE -> true;
      case SOCKET, DEVICE, WHITEOUT -> false;
    };
  }

  /** Everything below a directory of the stack by raw path, a directory before what is in it. */
  private SortedMap<String, Found> below(TreePath top) throws InterruptedException {
    SortedMap<String, Found> seen = new TreeMap<>();
    HeldEntries held = new HeldEntries(listingBytesMax);
    for (Path tree : trees) {
      TreeEntry own = top.isRoot() ? null : port.entry(tree, top).orElse(null);
      if (own != null ? view.hides(tree, own) : !top.isRoot() && view.isGone(tree, top)) {
        seen.values().forEach(each -> held.remove(each.entry()));
        seen.clear();
      }
      if (top.isRoot() || (own != null && own.isDirectory())) {
        lay(tree, top, seen, held);
      }
    }
    return seen;
  }

  private void lay(Path tree, TreePath top, SortedMap<String, Found> seen, HeldEntries held)
      throws InterruptedException {
    String before = top.isRoot() ? "" : top.raw() + "/";
    port.listBare(
        top.in(tree),
        entry -> {
          if (!entry.path().isRoot()) {
            lay(before + entry.path().raw(), new Found(entry, tree), seen, held);
          }
        });
  }

  private static void lay(
      String path, Found upper, SortedMap<String, Found> seen, HeldEntries held) {
    Found lower = seen.get(path);
    Kind kind = upper.entry().kind();
    if (kind == Kind.DIRECTORY && lower != null && lower.entry().isDirectory()) {
      return;
    }
    if (lower != null) {
      seen.remove(path);
      held.remove(lower.entry());
    }
    // Everything that begins with the path and a slash; the next character after it is a zero.
    SortedMap<String, Found> hidden = seen.subMap(path + "/", path + "0");
    hidden.values().forEach(each -> held.remove(each.entry()));
    hidden.clear();
    if (kind != Kind.WHITEOUT) {
      held.add(upper.entry(), "copy out of the store");
      seen.put(path, upper);
    }
  }
}
