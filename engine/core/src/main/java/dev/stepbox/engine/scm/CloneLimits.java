package dev.stepbox.engine.scm;

/**
 * How much a clone of another repository may bring, its submodules included.
 *
 * @param written what its commits may write out
 * @param nameBytes names of the files and directories of one commit together, each with its path
 * @param packBytes what is fetched
 * @param packObjects objects of one pack
 * @param objectBytes one object, unpacked
 * @param submodules how many there may be
 */
record CloneLimits(
    Written.Limits written,
    long nameBytes,
    long packBytes,
    long packObjects,
    long objectBytes,
    int submodules) {

  /** All of a clone's files are held in memory while they are written, other than a commit's. */
  static final CloneLimits DEFAULTS =
      new CloneLimits(
          new Written.Limits(1_000_000, 1_000_000, Written.BYTES_MAX, TreeSnapshot.DEPTH_MAX),
          128L << 20,
          64L << 30,
          16_000_000,
          256L << 20,
          1_000);
}
