package dev.stepbox.agent.worker.workspace;

import dev.stepbox.agent.protocol.AttemptId;
import dev.stepbox.isolation.SandboxNames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Names of sandboxes, from the ids of the protocol: always the same for the same id, different for
 * different ids, and within the letters and the length that a sandbox allows.
 */
public final class SpaceNames {
  /** Leaves room for the number of a step or image. */
  private static final int STEM_MAX = SandboxNames.MAX_LENGTH - 12;

  private static final int DIGEST_BYTES = 6;

  private SpaceNames() {}

  /** The part that all names of an attempt have in common. */
  public static String stem(AttemptId attempt) {
    String plain = attempt.stage() + "-" + attempt.number();
    String safe = plain.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    if (safe.equals(plain) && safe.length() <= STEM_MAX) {
      return safe;
    }
    int keep = Math.min(safe.length(), STEM_MAX - 2 * DIGEST_BYTES - 1);
    return safe.substring(0, keep) + "-" + digest(plain);
  }

  /** The name of a step of an attempt. */
  public static String step(AttemptId attempt, int index) {
    return stem(attempt) + "-s" + index;
  }

  /** The name of a root of an attempt: 0 for that of the stage, others for steps' own images. */
  static String root(AttemptId attempt, int number) {
    return stem(attempt) + "-r" + number;
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
