package dev.stepbox.engine.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.engine.scm.Reach;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a pipeline belongs to: the Git repository around it, or its own directory where there is
 * none.
 *
 * @param directory of it, links resolved
 */
record Project(Path directory) {

  private static final int NAME_LENGTH_MAX = 40;
  private static final int DIGEST_BYTES = 16;

  /** The project of a pipeline that lies in a directory. */
  static Project of(Path directory) {
    return new Project(Reach.homeOf(directory));
  }

  /** Names the caches of the project: for people its name, for certain a digest of its path. */
  String cacheScope() {
    Path name = directory.getFileName();
    String shown = name == null ? "" : name.toString().replaceAll("[^A-Za-z0-9._-]", "_");
    return shown.substring(0, Math.min(shown.length(), NAME_LENGTH_MAX)) + "-" + digest();
  }

  private String digest() {
    try {
      byte[] all =
          MessageDigest.getInstance("SHA-256").digest(directory.toString().getBytes(UTF_8));
      return HexFormat.of().formatHex(Arrays.copyOf(all, DIGEST_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
