package dev.stepbox.layercache.image;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.ImageSource.HostImage;
import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.overlay.OverlayPlans;
import dev.stepbox.layercache.store.Store;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes the layer that lies over the host's directories: empty directories and links for what the
 * host has at its top, and whiteouts over what an ordinary visitor should not see.
 *
 * <p>Hidden are: what others may not read, sockets, pipes and devices, the paths that the source
 * names, and below {@code /var} what only concerns the running host. Looked through are {@code
 * /etc} as a whole and the others to a depth of {@value #DEPTH_MAX}, {@code /usr} not at all: what
 * lies deeper is protected by its permissions, which hold in a sandbox too.
 */
final class HostSkeleton {
  /** How deep directories other than {@code /etc} are looked through. */
  static final int DEPTH_MAX = 3;

  /** Name of the part of a host layer that is the root itself. */
  static final String ROOT_PART = OverlayPlans.ROOT_PART;

  private static final int OTHERS_READ = 0004;
  private static final int OTHERS_ENTER = 0005;
  private static final Set<String> EMPTY_IN_VAR =
      Set.of("backups", "crash", "log", "mail", "spool", "tmp");
  private static final Map<String, Integer> ALWAYS =
      Map.of("dev", 0755, "proc", 0555, "run", 0755, "sys", 0555, "tmp", 01777);

  private final Path host;
  private final HostImage source;
  private final Store store;

  /**
   * Prepares a skeleton.
   *
   * @param host the root directory of the host
   */
  HostSkeleton(Path host, HostImage source, Store store) {
    this.host = host;
    this.source = source;
    this.store = store;
  }

  /** The directories of the source that the host has as directories of its own. */
  List<Path> shown() {
    return source.directories().stream()
        .filter(directory ->
            Files.isDirectory(onHost(directory), LinkOption.NOFOLLOW_LINKS)
                && !directory.equals(Path.of("/" + ROOT_PART)))
        .toList();
  }

  private Path onHost(Path absolute) {
    return host.resolve(Path.of("/").relativize(absolute));
  }

  /** What the result depends on, as far as a few system calls can tell. */
  String look() throws IOException {
    StringBuilder look = new StringBuilder();
    List<Path> looked = new ArrayList<>(List.of(Path.of("/")));
    looked.addAll(shown());
    for (Path directory : looked) {
      Map<String, Object> status =
          Files.readAttributes(onHost(directory), "unix:ino,ctime", LinkOption.NOFOLLOW_LINKS);
      look.append(directory).append(' ').append(status.get("ino"));
      look.append(' ').append(status.get("ctime")).append('\n');
    }
    source.hidden().forEach(path -> look.append("hidden ").append(path).append('\n'));
    // Whatever changes deeper is seen on the next day at the latest.
    long days = store.now().getEpochSecond() / (24 * 3600);
    return look.append("day ").append(days).toString();
  }

  /** Makes the parts of the layer below {@code tree}. */
  void make(Path tree) throws IOException, InterruptedException {
    Path root = store.createDirectory(tree.resolve(ROOT_PART));
    store.port().adopt(root);
    makeTop(root);
    for (Path directory : shown()) {
      String part = directory.getFileName().toString();
      Path mask = store.createDirectory(tree.resolve(part));
      store.port().adopt(mask);
      Mask changes = new Mask(mask, directory);
      changes.look(onHost(directory), TreePath.ROOT);
      changes.finish();
    }
  }

  private void makeTop(Path root) throws IOException, InterruptedException {
    List<TreeChange> modes = new ArrayList<>();
    for (Path entry : entries(host)) {
      String name = entry.getFileName().toString();
      if (Files.isSymbolicLink(entry)) {
        if (leadsToShown(Files.readSymbolicLink(entry))) {
          Files.createSymbolicLink(root.resolve(name), Files.readSymbolicLink(entry));
        }
      } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        store.createDirectory(root.resolve(name));
        int mode = name.equals("root") ? 0700 : ALWAYS.getOrDefault(name, 0755);
        modes.add(new TreeChange.Mode(TreePath.of(name), mode));
      }
    }
    for (Map.Entry<String, Integer> always : ALWAYS.entrySet()) {
      if (!Files.exists(root.resolve(always.getKey()), LinkOption.NOFOLLOW_LINKS)) {
        store.createDirectory(root.resolve(always.getKey()));
        modes.add(new TreeChange.Mode(TreePath.of(always.getKey()), always.getValue()));
      }
    }
    modes.add(new TreeChange.Mode(TreePath.ROOT, 0755));
    store.port().adopt(root);
    store.port().apply(root, modes);
  }

  private boolean leadsToShown(Path target) {
    Path absolute = Path.of("/").resolve(target).normalize();
    return shown().stream().anyMatch(absolute::startsWith);
  }

  private static List<Path> entries(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    entries.sort(null);
    return entries;
  }

  /** The whiteouts over one directory of the host. */
  private final class Mask {
    private final Path mask;
    private final Path directory;
    private final int depthMax;
    private final List<TreeChange> changes = new ArrayList<>();

    Mask(Path mask, Path directory) {
      this.mask = mask;
      this.directory = directory;
      this.depthMax =
          switch (directory.toString()) {
            case "/etc" -> Integer.MAX_VALUE;
            case "/usr" -> 0;
            default -> DEPTH_MAX;
          };
    }

    void look(Path onHost, TreePath path) throws IOException, InterruptedException {
      List<Path> entries;
      try {
        entries = entries(onHost);
      } catch (AccessDeniedException | NoSuchFileException ignored) {
        // Not readable for this user, so not in a sandbox either; or gone meanwhile.
        return;
      }
      for (Path entry : entries) {
        TreePath inner = path.child(RawPaths.raw(entry.getFileName()));
        try {
          one(entry, inner);
        } catch (NoSuchFileException ignored) {
          // Gone meanwhile.
        }
      }
    }

    private void one(Path entry, TreePath path) throws IOException, InterruptedException {
      BasicFileAttributes attributes =
          Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isSymbolicLink()) {
        return;
      }
      int mode = (int) Files.getAttribute(entry, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      int needed = attributes.isDirectory() ? OTHERS_ENTER : OTHERS_READ;
      Path absolute = directory.resolve(path.in(Path.of("")));
      boolean isEmptied =
          directory.endsWith("var")
              && EMPTY_IN_VAR.contains(path.raw())
              && attributes.isDirectory();
      if (isEmptied) {
        makeDirectory(path, mode);
        changes.add(new TreeChange.Opaque(path));
      } else if (attributes.isOther()
          || (mode & needed) != needed
          || source.hidden().contains(absolute)) {
        makeParents(path);
        changes.add(new TreeChange.Whiteout(path));
      } else if (attributes.isDirectory() && path.rawNames().size() < depthMax) {
        look(entry, path);
      } else if (attributes.isDirectory()) {
        hideNamed(path, absolute);
      }
    }

    /** Below the depth that is looked through, only the paths that the source names are hidden. */
    private void hideNamed(TreePath path, Path absolute) throws IOException, InterruptedException {
      for (Path hidden : source.hidden()) {
        if (hidden.startsWith(absolute) && Files.exists(onHost(hidden))) {
          TreePath inner =
              new TreePath(path.raw() + "/" + RawPaths.raw(absolute.relativize(hidden)));
          makeParents(inner);
          changes.add(new TreeChange.Whiteout(inner));
        }
      }
    }

    /** The directories above a whiteout look as on the host. */
    private void makeParents(TreePath path) throws IOException, InterruptedException {
      TreePath parent = path.parent();
      if (!parent.isRoot() && !Files.isDirectory(parent.in(mask))) {
        makeParents(parent);
        Path onHost = onHost(directory.resolve(parent.in(Path.of(""))));
        makeDirectory(parent, (int) Files.getAttribute(onHost, "unix:mode"));
      }
    }

    private void makeDirectory(TreePath path, int mode) throws IOException, InterruptedException {
      makeParents(path);
      if (!Files.isDirectory(path.in(mask))) {
        store.createDirectory(path.in(mask));
        changes.add(new TreeChange.Mode(path, mode & 07777));
      }
    }

    void finish() throws IOException, InterruptedException {
      store.port().adopt(mask);
      int onHost = (int) Files.getAttribute(onHost(directory), "unix:mode");
      changes.add(new TreeChange.Mode(TreePath.ROOT, onHost & 07777));
      for (int at = 0; at < changes.size(); at += IdMappedTree.CHANGES_MAX) {
        int end = Math.min(changes.size(), at + IdMappedTree.CHANGES_MAX);
        store.port().apply(mask, changes.subList(at, end));
      }
    }
  }
}
