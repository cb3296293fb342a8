package dev.stepbox.layercache;

/**
 * Everything that is bounded in a store. {@link #DEFAULTS} are the documented values.
 *
 * @param layersMax layers of an image, and of a stack with all that stages added
 * @param entriesMax entries of one archive
 * @param layerBytesMax content of one layer, unpacked, in bytes
 * @param fileBytesMax logical size of one file, holes included, in bytes
 * @param depthMax components of a path in an archive
 * @param headerBytesMax bytes of extended headers of one archive entry, names included, and of
 *     those that an archive has for all its entries
 * @param xattrsMax extended attributes of one archive entry
 * @param ratioMax unpacked bytes for each packed byte, once {@link #RATIO_FREE_BYTES} are unpacked
 * @param jsonBytesMax size of a manifest, index or config, in bytes
 * @param conflictsMax conflicts told by a merge
 * @param listingBytesMax what the entries of trees take in memory while a merge or a copy out of
 *     the store works on them: names, texts of links and extended attributes, and 256 bytes for
 *     each
 * @param comparedBytesMax bytes of data that one merge reads to compare files, holes not counted
 * @param quotaBytes most that the store should take on disk
 * @param reserveBytes least that should stay free on the file system
 */
public record Limits(
    int layersMax,
    int entriesMax,
    long layerBytesMax,
    long fileBytesMax,
    int depthMax,
    int headerBytesMax,
    int xattrsMax,
    int ratioMax,
    int jsonBytesMax,
    int conflictsMax,
    long listingBytesMax,
    long comparedBytesMax,
    long quotaBytes,
    long reserveBytes) {
  private static final long GIBIBYTE = 1L << 30;

  /** Unpacked bytes below which the ratio of a compressed archive does not matter. */
  public static final long RATIO_FREE_BYTES = 64L << 20;

  /** The values of a store for which nothing is said. */
  public static final Limits DEFAULTS =
      new Limits(
          120,
          2_000_000,
          64 * GIBIBYTE,
          1024 * GIBIBYTE,
          256,
          1 << 20,
          64,
          200,
          4 << 20,
          100,
          GIBIBYTE / 4,
          64 * GIBIBYTE,
          100 * GIBIBYTE,
          5 * GIBIBYTE);

  public Limits {
    requirePositive("layersMax", layersMax);
    requirePositive("entriesMax", entriesMax);
    requirePositive("layerBytesMax", layerBytesMax);
    requirePositive("fileBytesMax", fileBytesMax);
    requirePositive("depthMax", depthMax);
    requirePositive("headerBytesMax", headerBytesMax);
    requirePositive("xattrsMax", xattrsMax);
    requirePositive("ratioMax", ratioMax);
    requirePositive("jsonBytesMax", jsonBytesMax);
    requirePositive("conflictsMax", conflictsMax);
    requirePositive("listingBytesMax", listingBytesMax);
    requirePositive("comparedBytesMax", comparedBytesMax);
    requirePositive("quotaBytes", quotaBytes);
    if (reserveBytes < 0) {
      throw new IllegalArgumentException("reserveBytes must not be negative: " + reserveBytes);
    }
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException("%s must be positive: %d".formatted(name, value));
    }
  }
}
