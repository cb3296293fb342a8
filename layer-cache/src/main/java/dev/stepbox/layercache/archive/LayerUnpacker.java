package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.RawPaths;
import dev.stepbox.layercache.archive.StagedDirectory.Pending;
import dev.stepbox.layercache.store.WriteGate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Unpacks the tar archive of a layer into a fresh directory. What needs other ids or privileges is
 * kept for {@link UnpackedLayer#finish}. An archive cannot reach anything outside the directory,
 * whatever it says.
 */
public final class LayerUnpacker {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String AUFS = ".wh..wh.";
  private static final int NOBODY = 65534;
  private static final int XATTR_VALUE_BYTES_MAX = 65536;
  private static final long BLOCK_BYTES = 4096;

  private final int ids;
  private final EntryPaths paths;
  private final StagedTree tree;
  private final FileMaker maker;
  private final LayerManifest manifest;
  private final Notices notices = new Notices();
  private final List<UnpackedLayer.PendingLink> links = new ArrayList<>();
  private long entries;
  private long bytes;
  private long diskBytes;

  private LayerUnpacker(
      Path directory, LayerManifest manifest, Limits limits, int ids, WriteGate gate)
      throws IOException {
    this.ids = ids;
    this.paths = new EntryPaths(limits);
    this.tree = new StagedTree(directory, gate, manifest::gone);
    this.maker = FileMaker.in(directory);
    this.manifest = manifest;
  }

  /**
   * Unpacks an archive to its end.
   *
   * @param archive the tar archive, not compressed
   * @param directory existing, empty, and nobody else's
   * @param manifest file to be made, for the list of what was unpacked
   * @param ids how many ids there are; files of others go to id 65534
   */
  public static UnpackedLayer unpack(
      ByteFeed archive, Path directory, Path manifest, Limits limits, int ids, WriteGate gate)
      throws IOException, InterruptedException {
    LayerManifest lines = LayerManifest.create(manifest);
    try {
      LayerUnpacker unpacker = new LayerUnpacker(directory, lines, limits, ids, gate);
      unpacker.unpackAll(new TarReader(archive, limits));
      return new UnpackedLayer(
          unpacker.tree,
          lines,
          unpacker.links,
          new UnpackedLayer.Content(
              unpacker.entries, unpacker.bytes, unpacker.diskBytes, unpacker.notices));
    } catch (IOException | InterruptedException | RuntimeException e) {
      lines.close();
      throw e;
    }
  }

  private void unpackAll(TarReader tar) throws IOException, InterruptedException {
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      unpack(tar, entry);
    }
    if (tar.drain()) {
      notices.add("data after the end of the archive left out", "layer");
    }
  }

  private void unpack(TarReader tar, TarEntry entry) throws IOException, InterruptedException {
    entries++;
    List<String> names = paths.names(entry.rawPath());
    if (names.isEmpty()) {
      if (entry.kind() != TarEntry.Kind.DIRECTORY) {
        throw EntryPaths.refused(entry.rawPath(), "the root can only be a directory");
      }
      tree.root().describe(metadata(entry));
      return;
    }
    String name = names.getLast();
    if (name.startsWith(WHITEOUT)) {
      whiteout(names, name);
      return;
    }
    StagedDirectory parent = tree.parentOf(names);
    switch (entry.kind()) {
      case DIRECTORY -> {
        diskBytes += BLOCK_BYTES;
        tree.putDirectory(parent, name).describe(metadata(entry));
      }
      case FILE -> file(tar, entry, parent, name);
      case SYMBOLIC_LINK -> symbolicLink(entry, parent, name);
      case HARD_LINK -> hardLink(entry, parent, name);
      case PIPE -> {
        tree.clear(parent, name);
        parent.setPending(name, new Pending.Pipe(metadata(entry)));
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE -> notices.add("device left out", parent.rawPathOf(name));
    }
  }

  private void whiteout(List<String> names, String name) throws IOException {
    if (name.equals(OPAQUE)) {
      tree.parentOf(names).setOpaque();
    } else if (name.startsWith(AUFS)) {
      notices.add("record of another file system left out", name);
    } else {
      String gone = name.substring(WHITEOUT.length());
      if (gone.isEmpty() || gone.equals(".") || gone.equals("..")) {
        throw EntryPaths.refused(String.join("/", names), "it removes '%s'".formatted(gone));
      }
      tree.parentOf(names).addWhiteout(gone);
    }
  }

  private void file(TarReader tar, TarEntry entry, StagedDirectory parent, String name)
      throws IOException, InterruptedException {
    diskBytes += Math.ceilDiv(tar.storedBytes(), BLOCK_BYTES) * BLOCK_BYTES;
    Metadata metadata = metadata(entry);
    long[] crc = new long[1];
    tree.put(parent, name, entry.size(), path -> crc[0] = maker.write(tar, entry, metadata, path));
    bytes += entry.size();
    manifest.add(parent.rawPathOf(name), entry.size(), crc[0]);
    if (!metadata.isOfRoot() || !metadata.rawXattrs().isEmpty()) {
      parent.setPending(name, new Pending.File(metadata, false));
    }
  }

  private void symbolicLink(TarEntry entry, StagedDirectory parent, String name)
      throws IOException, InterruptedException {
    String target = entry.rawLink();
    if (target.isEmpty() || target.indexOf('\0') >= 0) {
      throw EntryPaths.refused(entry.rawPath(), "it is a link to nothing");
    }
    Metadata metadata = metadata(entry);
    tree.put(
        parent,
        name,
        0,
        path -> {
          Files.createSymbolicLink(path, RawPaths.of(target));
          FileMaker.setTimeOfLink(path, metadata);
        });
    if (!metadata.isOfRoot()) {
      parent.setPending(name, new Pending.File(metadata, true));
    }
  }

  private void hardLink(TarEntry entry, StagedDirectory parent, String name)
      throws IOException, InterruptedException {
    List<String> target = paths.names(entry.rawLink());
    if (target.isEmpty()) {
      throw EntryPaths.refused(entry.rawPath(), "it is a hard link to the root");
    }
    UnpackedLayer.PendingLink link = new UnpackedLayer.PendingLink(parent, name, target);
    if (!link.make(tree)) {
      links.add(link);
    }
  }

  private Metadata metadata(TarEntry entry) {
    return new Metadata(
        entry.mode(),
        id(entry.uid(), entry.rawPath()),
        id(entry.gid(), entry.rawPath()),
        entry.modifiedSeconds(),
        entry.modifiedNanos(),
        xattrs(entry));
  }

  private int id(long id, String rawPath) {
    if (id >= 0 && id < ids) {
      return (int) id;
    }
    if (ids == 1) {
      // Said once for the whole machine, not for every file.
      return 0;
    }
    notices.add("owner %d is beyond the %d ids, given to another".formatted(id, ids), rawPath);
    return Math.min(NOBODY, ids - 1);
  }

  private SortedMap<String, String> xattrs(TarEntry entry) {
    if (entry.rawXattrs().isEmpty()) {
      return Collections.emptySortedMap();
    }
    SortedMap<String, String> kept = new TreeMap<>();
    for (var xattr : entry.rawXattrs().entrySet()) {
      String name = xattr.getKey();
      if (isKept(name, xattr.getValue())) {
        kept.put(name, xattr.getValue());
      } else {
        notices.add("extended attribute '%s' left out".formatted(printable(name)), entry.rawPath());
      }
    }
    return kept;
  }

  private static boolean isKept(String name, String value) {
    boolean isAllowed =
        name.equals("security.capability")
            || (name.startsWith("user.")
                && name.length() > "user.".length()
                && !name.startsWith("user.overlay."));
    return isAllowed
        && name.length() <= 255
        && name.indexOf('\0') < 0
        && value.length() <= XATTR_VALUE_BYTES_MAX;
  }

  private static String printable(String raw) {
    String start = raw.substring(0, Math.min(raw.length(), 64));
    return start.replaceAll("[^ -~]", "?");
  }
}
