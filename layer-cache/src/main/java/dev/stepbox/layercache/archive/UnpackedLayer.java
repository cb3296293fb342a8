package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.TreeChange;
import dev.stepbox.layercache.TreeEntry;
import dev.stepbox.layercache.TreePath;
import dev.stepbox.layercache.archive.StagedDirectory.Pending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A layer whose content is unpacked and whose metadata is still to be set. */
public final class UnpackedLayer implements AutoCloseable {
  private final StagedTree tree;
  private final LayerManifest manifest;
  private final List<PendingLink> links;
  private final Content content;

  /** Paths of files that were copied from layers below, and what they were there. */
  private final Map<String, TreePath> borrowed = new HashMap<>();

  private boolean dependsOnLayersBelow;

  UnpackedLayer(StagedTree tree, LayerManifest manifest, List<PendingLink> links, Content content) {
    this.tree = tree;
    this.manifest = manifest;
    this.links = links;
    this.content = content;
  }

  /**
   * What was unpacked.
   *
   * @param entries of the archive
   * @param bytes of files, with their holes
   * @param diskBytes blocks that this should take, in bytes
   */
  public record Content(long entries, long bytes, long diskBytes, Notices notices) {}

  /** The layers below this one, seen as one tree. */
  public interface Below {
    /** What a path is there. */
    Optional<TreeEntry> find(TreePath path) throws InterruptedException;

    /** Copies a file to where it does not exist. */
    void copy(TreePath path, Path toTree, TreePath to) throws InterruptedException;
  }

  /** A hard link whose target was not there when its entry came. */
  record PendingLink(StagedDirectory parent, String name, List<String> target) {

    /** Makes the link if its target is in the tree by now. */
    boolean make(StagedTree tree) throws IOException, InterruptedException {
      StagedDirectory targetParent = tree.existingParentOf(target);
      String targetName = target.getLast();
      if (targetParent == null || !StagedTree.isThere(targetParent, targetName)) {
        return false;
      }
      if (targetParent.directory(targetName) != null) {
        throw EntryPaths.refused(String.join("/", target), "a hard link leads to this directory");
      }
      Path existing = targetParent.fileAt(targetName);
      if (targetParent == parent && targetName.equals(name)) {
        return true;
      }
      tree.put(parent, name, 0, path -> Files.createLink(path, existing));
      Pending pending = targetParent.pending(targetName);
      if (pending != null) {
        parent.setPending(name, pending);
      }
      return true;
    }
  }

  public Content content() {
    return content;
  }

  /** Whether the layer took something from those below it, so that its archive is not all of it. */
  public boolean dependsOnLayersBelow() {
    return dependsOnLayersBelow;
  }

  /** Whether nothing of the layers below shows at all. */
  public boolean hidesAllBelow() {
    return tree.root().isOpaque();
  }

  /** Takes from the layers below what the archive takes for granted there. Before the next step. */
  public void borrow(Below below) throws IOException, InterruptedException {
    for (PendingLink link : links) {
      // A later entry may have put a link where the directory was: then nothing goes there.
      // What was borrowed belongs to others already, and is not linked to.
      boolean isBorrowed = borrowed.containsKey(String.join("/", link.target));
      if (link.parent.isAttached() && (isBorrowed || !link.make(tree))) {
        borrow(link, below);
      }
    }
    describeImplied(tree.root(), below);
    forgetNeedlessWhiteouts(tree.root());
  }

  /** What the layer itself has hides the path below anyway. */
  private static void forgetNeedlessWhiteouts(StagedDirectory directory) {
    if (!directory.whiteouts().isEmpty()) {
      directory
          .whiteouts()
          .removeIf(name ->
              directory.directory(name) == null
                  && (directory.pending(name) != null || StagedTree.isThere(directory, name)));
    }
    directory.directories().values().forEach(UnpackedLayer::forgetNeedlessWhiteouts);
  }

  private void borrow(PendingLink link, Below below) throws IOException, InterruptedException {
    String named = String.join("/", link.target);
    TreePath target = borrowed.getOrDefault(named, new TreePath(named));
    Optional<TreeEntry> found = below.find(target);
    if (found.isEmpty()) {
      throw new LayerCacheException(
          Code.ARCHIVE_CORRUPT,
          "cannot unpack '%s': it is a hard link to '%s', which is not in the image"
              .formatted(link.name, target));
    }
    if (found.get().isDirectory()) {
      throw EntryPaths.refused(target.raw(), "a hard link leads to this directory");
    }
    tree.clear(link.parent, link.name);
    TreePath path = new TreePath(link.parent.rawPathOf(link.name));
    below.copy(target, tree.root().path(), path);
    borrowed.put(path.raw(), target);
    dependsOnLayersBelow = true;
  }

  private void describeImplied(StagedDirectory directory, Below below) throws InterruptedException {
    if (directory.isImplied()) {
      TreePath path = new TreePath(directory.rawPath());
      Optional<TreeEntry> found = below.find(path);
      if (found.isPresent() && found.get().isDirectory()) {
        describe(directory, found.get());
      } else if (found.isPresent()) {
        content.notices.add("directory takes the place of what a layer below has", path.toString());
      }
    }
    for (StagedDirectory child : directory.directories().values()) {
      describeImplied(child, below);
    }
  }

  private void describe(StagedDirectory directory, TreeEntry found) {
    Metadata metadata =
        new Metadata(
            found.mode(),
            found.uid(),
            found.gid(),
            found.modifiedSeconds(),
            found.modifiedNanos(),
            found.rawXattrs());
    Metadata implied = Metadata.IMPLIED;
    boolean isSame =
        metadata.mode() == implied.mode() && metadata.isOfRoot() && metadata.rawXattrs().isEmpty();
    directory.describe(isSame ? implied : metadata);
    dependsOnLayersBelow |= !isSame;
  }

  /**
   * Sets the metadata of everything, and completes the manifest; after {@link #borrow}, and once
   * the directory is adopted.
   */
  public void finish(IdMappedTree port) throws IOException, InterruptedException {
    manifest.close();
    new Finisher(port).finish(tree.root());
  }

  /** Ends an unpacking that is not finished. */
  @Override
  public void close() throws IOException {
    manifest.close();
  }

  /** Collects changes, each directory after all that is in it, and hands them on in batches. */
  private final class Finisher {
    private final IdMappedTree port;
    private final List<TreeChange> batch = new ArrayList<>();

    Finisher(IdMappedTree port) {
      this.port = port;
    }

    void finish(StagedDirectory root) throws InterruptedException {
      visit(root, TreePath.ROOT);
      flush();
    }

    private void visit(StagedDirectory directory, TreePath path) throws InterruptedException {
      for (Map.Entry<String, StagedDirectory> child : directory.directories().entrySet()) {
        if (directory.whiteouts().contains(child.getKey())) {
          // Gone below and made anew here: nothing of the old one may show.
          child.getValue().setOpaque();
        }
        visit(child.getValue(), path.child(child.getKey()));
      }
      for (Map.Entry<String, Pending> pending : directory.pending().entrySet()) {
        file(path.child(pending.getKey()), pending.getValue());
      }
      if (directory.isOpaque() && !path.isRoot()) {
        add(new TreeChange.Opaque(path));
      } else if (!directory.isOpaque()) {
        whiteouts(directory, path);
      }
      Metadata metadata = directory.metadata();
      owner(path, metadata);
      add(new TreeChange.Mode(path, metadata.mode()));
      xattrs(path, metadata);
      add(new TreeChange.Modified(path, metadata.seconds(), metadata.nanos()));
    }

    private void whiteouts(StagedDirectory directory, TreePath path) throws InterruptedException {
      for (String name : directory.whiteouts()) {
        if (directory.directory(name) == null) {
          add(new TreeChange.Whiteout(path.child(name)));
        }
      }
    }

    private void file(TreePath path, Pending pending) throws InterruptedException {
      switch (pending) {
        case Pending.File(Metadata metadata, boolean isLink) -> {
          owner(path, metadata);
          if (metadata.hasSetIdBits() && !isLink) {
            add(new TreeChange.Mode(path, metadata.mode()));
          }
          if (!isLink) {
            xattrs(path, metadata);
          }
        }
        case Pending.Pipe(Metadata metadata) -> {
          add(new TreeChange.Pipe(path, metadata.mode()));
          owner(path, metadata);
        }
      }
    }

    private void owner(TreePath path, Metadata metadata) throws InterruptedException {
      if (!metadata.isOfRoot()) {
        add(new TreeChange.Owner(path, metadata.uid(), metadata.gid()));
      }
    }

    private void xattrs(TreePath path, Metadata metadata) throws InterruptedException {
      for (Map.Entry<String, String> xattr : metadata.rawXattrs().entrySet()) {
        add(new TreeChange.SetXattr(path, xattr.getKey(), xattr.getValue()));
      }
    }

    private void add(TreeChange change) throws InterruptedException {
      batch.add(change);
      if (batch.size() == IdMappedTree.CHANGES_MAX) {
        flush();
      }
    }

    private void flush() throws InterruptedException {
      if (!batch.isEmpty()) {
        for (TreeChange change : port.apply(tree.root().path(), List.copyOf(batch))) {
          content.notices.add(
              "this machine cannot make it (%s), left out"
                  .formatted(change.getClass().getSimpleName()),
              change.path().toString());
        }
        batch.clear();
      }
    }
  }
}
