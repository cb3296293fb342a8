package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.RawPaths;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A directory that an unpacking has made, with what remains to be done in it once all content is
 * there. Only directories and entries with something left to do are remembered.
 */
final class StagedDirectory {
  private final @Nullable StagedDirectory parent;
  private final String rawName;
  private final Path path;
  private SortedMap<String, StagedDirectory> directories = Collections.emptySortedMap();
  private SortedMap<String, Pending> pending = Collections.emptySortedMap();
  private SortedSet<String> whiteouts = Collections.emptySortedSet();
  private Metadata metadata = Metadata.IMPLIED;
  private boolean isImplied = true;
  private boolean isOpaque;

  /** What remains to be done for an entry that is no directory. */
  sealed interface Pending {
    /** A file or link is there and needs ids or extended attributes. */
    record File(Metadata metadata, boolean isLink) implements Pending {}

    /** A pipe is to be made. */
    record Pipe(Metadata metadata) implements Pending {}
  }

  private StagedDirectory(@Nullable StagedDirectory parent, String rawName, Path path) {
    this.parent = parent;
    this.rawName = rawName;
    this.path = path;
  }

  static StagedDirectory root(Path path) {
    return new StagedDirectory(null, "", path);
  }

  StagedDirectory addDirectory(String name) {
    StagedDirectory child = new StagedDirectory(this, name, fileAt(name));
    if (directories.isEmpty()) {
      directories = new TreeMap<>();
    }
    directories.put(name, child);
    return child;
  }

  @Nullable StagedDirectory directory(String name) {
    return directories.get(name);
  }

  SortedMap<String, StagedDirectory> directories() {
    return directories;
  }

  Map<String, Pending> pending() {
    return pending;
  }

  void setPending(String name, Pending what) {
    if (pending.isEmpty()) {
      pending = new TreeMap<>();
    }
    pending.put(name, what);
  }

  @Nullable Pending pending(String name) {
    return pending.get(name);
  }

  /** Names of lower layers that are gone, unless this layer has something of the same name. */
  SortedSet<String> whiteouts() {
    return whiteouts;
  }

  void addWhiteout(String name) {
    if (whiteouts.isEmpty()) {
      whiteouts = new TreeSet<>();
    }
    whiteouts.add(name);
  }

  /** Forgets an entry with all below it. */
  void forget(String name) {
    if (!directories.isEmpty()) {
      directories.remove(name);
    }
    if (!pending.isEmpty()) {
      pending.remove(name);
    }
  }

  /** Where an entry of this directory lies. */
  Path fileAt(String name) {
    return path.resolve(RawPaths.of(name));
  }

  Path path() {
    return path;
  }

  /** The directory above; the root's is the root, as in the kernel. */
  StagedDirectory parent() {
    return parent == null ? this : parent;
  }

  /** The path below the root of the layer; empty for the root. */
  String rawPath() {
    if (parent == null) {
      return "";
    }
    String above = parent.rawPath();
    return above.isEmpty() ? rawName : above + "/" + rawName;
  }

  /** The path of an entry of this directory below the root of the layer. */
  String rawPathOf(String name) {
    String directory = rawPath();
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  /** Whether this directory is still part of the layer, and no later entry took its place. */
  boolean isAttached() {
    return parent == null || (parent.directory(rawName) == this && parent.isAttached());
  }

  Metadata metadata() {
    return metadata;
  }

  /** Says what the archive, or a layer below, says of this directory. */
  void describe(Metadata described) {
    metadata = described;
    isImplied = false;
  }

  /** Whether nothing was said of it. */
  boolean isImplied() {
    return isImplied;
  }

  boolean isOpaque() {
    return isOpaque;
  }

  void setOpaque() {
    isOpaque = true;
  }
}
