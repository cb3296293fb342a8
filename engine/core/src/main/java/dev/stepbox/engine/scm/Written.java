package dev.stepbox.engine.scm;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;

/**
 * What of a commit was written out, and how much may be: a commit of a few kilobytes can name one
 * file or one directory any number of times. Not for use by several threads.
 */
final class Written {

  /** Most bytes of the files of a commit, as much as a layer holds. */
  static final long BYTES_MAX = 64L << 30;

  /** As much as of any source tree. */
  static final Limits LIMITS =
      new Limits(TreeSnapshot.FILES_MAX, TreeSnapshot.FILES_MAX, BYTES_MAX, TreeSnapshot.DEPTH_MAX);

  private final Limits limits;
  private long files;
  private long directories;
  private long bytes;

  /**
   * How much may be written.
   *
   * @param files links included
   * @param directories those of submodules included
   * @param bytes of all files together
   * @param depth of the deepest directory; 1 is one at the top
   */
  record Limits(long files, long directories, long bytes, int depth) {}

  Written(Limits limits) {
    this.limits = limits;
  }

  /** How many files were written, links included. */
  long files() {
    return files;
  }

  /** Their size together. */
  long bytes() {
    return bytes;
  }

  /** Before a file or a link is written. */
  void file(long size) {
    files++;
    bytes += size;
    check(files, limits.files, "files");
    check(bytes, limits.bytes, "bytes");
  }

  /** Before a directory is made. */
  void directory(int depth) {
    directories++;
    check(directories, limits.directories, "directories");
    if (depth > limits.depth) {
      throw tooMuch("it has directories more than %d deep".formatted(limits.depth));
    }
  }

  private static void check(long count, long max, String what) {
    if (count > max) {
      throw tooMuch("it has more than %d %s".formatted(max, what));
    }
  }

  static EngineException tooMuch(String why) {
    return new EngineException(
        ErrorCode.LIMIT_EXCEEDED,
        "cannot take a commit: %s. Take a smaller part of it.".formatted(why));
  }
}
