package dev.stepbox.layercache;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * SHA-256 digest of some bytes, written {@code sha256:<64 lower-case hex digits>}.
 *
 * @param hex the digits alone
 */
public record Digest(String hex) implements Comparable<Digest> {
  private static final String PREFIX = "sha256:";
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public Digest {
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException("not a SHA-256 digest: '%s'".formatted(hex));
    }
  }

  /**
   * Reads the form with prefix.
   *
   * @throws IllegalArgumentException when it is another algorithm or no digest
   */
  public static Digest parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException(
          "not a SHA-256 digest: '%s' does not start with '%s'".formatted(text, PREFIX));
    }
    return new Digest(text.substring(PREFIX.length()));
  }

  /** Wraps the 32 bytes that a SHA-256 gives. */
  public static Digest ofHash(byte[] hash) {
    return new Digest(HexFormat.of().formatHex(hash));
  }

  @Override
  public int compareTo(Digest other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return PREFIX + hex;
  }
}
