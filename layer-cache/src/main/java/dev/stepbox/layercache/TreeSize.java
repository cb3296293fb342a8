package dev.stepbox.layercache;

/**
 * What a tree occupies.
 *
 * @param bytes blocks on disk, in bytes
 * @param entries files, directories and other entries, the root not counted
 */
public record TreeSize(long bytes, long entries) {
  public static final TreeSize NOTHING = new TreeSize(0, 0);

  public TreeSize plus(TreeSize other) {
    return new TreeSize(bytes + other.bytes, entries + other.entries);
  }
}
