package dev.stepbox.layercache.image;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.overlay.OverlayPlans;
import dev.stepbox.layercache.store.Store;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes the layer that lies over the host's directories: in the part that is the root, empty
 * directories and links for what the host has at its top, and what of the host is no directory of
 * an overlay; in a part for each overlay, whiteouts over what an ordinary visitor should not see.
 */
final class HostSkeleton {
  private static final Path ROOT = Path.of("/");
  private static final int MODE_MAX = 07777;
  private static final int MODE_COPY_MAX = 0777;
  private static final Map<String, Integer> ALWAYS =
      Map.of("dev", 0755, "proc", 0555, "run", 0755, "sys", 0555, "tmp", 01777);

  /** What tells this machine from others is there, but empty. */
  private static final Set<Path> EMPTY_FILES = Set.of(Path.of("/etc/machine-id"));

  private final HostView view;
  private final Store store;

  /** Prepares a skeleton. */
  HostSkeleton(HostView view, Store store) {
    this.view = view;
    this.store = store;
  }

  /** What the result depends on, as far as a few system calls can tell. */
  String look() throws IOException {
    StringBuilder look = new StringBuilder();
    List<Path> looked = new ArrayList<>(List.of(ROOT));
    looked.addAll(view.shown());
    view.split().stream().filter(directory -> !looked.contains(directory)).forEach(looked::add);
    for (Path directory : looked) {
      Map<String, Object> status =
          Files.readAttributes(view.onHost(directory), "unix:ino,ctime", LinkOption.NOFOLLOW_LINKS);
      look.append(directory).append(' ').append(status.get("ino"));
      look.append(' ').append(status.get("ctime")).append('\n');
    }
    view.split().forEach(path -> look.append("split ").append(path).append('\n'));
    view.hidden().forEach(path -> look.append("hidden ").append(path).append('\n'));
    // Whatever changes deeper is seen on the next day at the latest.
    long days = store.now().getEpochSecond() / (24 * 3600);
    return look.append("day ").append(days).toString();
  }

  /** Makes the parts of the layer below {@code tree}; says which they are. */
  HostParts make(Path tree) throws IOException, InterruptedException {
    HostParts parts = HostParts.of(view);
    Path root = store.createDirectory(tree.resolve(OverlayPlans.ROOT_PART));
    List<TreeChange> modes = new ArrayList<>();
    makeTop(root, modes);
    makeInside(root, parts, modes);
    store.port().adopt(root);
    for (int at = 0; at < modes.size(); at += IdMappedTree.CHANGES_MAX) {
      int end = Math.min(modes.size(), at + IdMappedTree.CHANGES_MAX);
      store.port().apply(root, modes.subList(at, end));
    }
    for (Path directory : parts.lowers()) {
      HostMask.make(view, store, directory, tree.resolve(OverlayPlans.part(directory)));
    }
    return parts;
  }

  private void makeTop(Path root, List<TreeChange> modes) throws IOException {
    for (Path entry : view.entries(ROOT)) {
      String name = entry.getFileName().toString();
      Path onHost = view.onHost(entry);
      if (Files.isSymbolicLink(onHost)) {
        if (leadsToShown(Files.readSymbolicLink(onHost))) {
          Files.createSymbolicLink(root.resolve(name), Files.readSymbolicLink(onHost));
        }
      } else if (Files.isDirectory(onHost, LinkOption.NOFOLLOW_LINKS)) {
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
  }

  private boolean leadsToShown(Path target) {
    Path absolute = ROOT.resolve(target).normalize();
    return view.shown().stream().anyMatch(absolute::startsWith);
  }

  /** Directories, those to mount on included, and the copies in them. */
  private void makeInside(Path root, HostParts parts, List<TreeChange> modes) throws IOException {
    for (List<Path> directories : List.of(parts.directories(), parts.lowers())) {
      for (Path directory : directories) {
        Path made = inRoot(root, directory);
        if (!Files.isDirectory(made, LinkOption.NOFOLLOW_LINKS)) {
          store.createDirectory(made);
        }
        modes.add(new TreeChange.Mode(treePath(directory), view.mode(directory) & MODE_MAX));
      }
    }
    for (Path link : parts.links()) {
      Files.createSymbolicLink(inRoot(root, link), Files.readSymbolicLink(view.onHost(link)));
    }
    for (Path file : parts.files()) {
      try {
        copy(file, inRoot(root, file));
        modes.add(new TreeChange.Mode(treePath(file), view.mode(file) & MODE_COPY_MAX));
      } catch (AccessDeniedException | NoSuchFileException ignored) {
        // Not readable for this user, so not in a sandbox either; or gone meanwhile.
      }
    }
  }

  private void copy(Path file, Path to) throws IOException {
    Path onHost = view.onHost(file);
    if (EMPTY_FILES.contains(file)) {
      Files.createFile(to);
    } else {
      Files.copy(onHost, to, LinkOption.NOFOLLOW_LINKS);
      Files.setLastModifiedTime(to, Files.getLastModifiedTime(onHost, LinkOption.NOFOLLOW_LINKS));
    }
  }

  private static Path inRoot(Path root, Path path) {
    return root.resolve(ROOT.relativize(path));
  }

  private static TreePath treePath(Path path) {
    return new TreePath(RawPaths.raw(ROOT.relativize(path)));
  }
}
