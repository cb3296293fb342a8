package dev.stepbox.agent.worker.output;

import dev.stepbox.agent.protocol.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What must not be seen in output: the secrets of a build in every form in which programs usually
 * print them. Each stretch of output that is covered by such forms is replaced by {@value #MASK}.
 * Immutable, for any thread.
 */
public final class Masking {
  /** What stands for a secret. */
  public static final String MASK = "****";

  /** Nothing is secret. */
  public static final Masking NONE = new Masking(PatternMatcher.of(List.of()));

  private final PatternMatcher matcher;

  private Masking(PatternMatcher matcher) {
    this.matcher = matcher;
  }

  /** Hides these secrets. */
  public static Masking of(List<Secret> secrets) {
    return secrets.isEmpty() ? NONE : new Masking(PatternMatcher.of(SecretForms.of(secrets)));
  }

  /** The text with every secret in it masked. */
  public String mask(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    OutputMask.Piece piece = start(0).process(bytes, bytes.length, OutputMask.More.NOTHING);
    return piece == null ? "" : piece.bytes().utf8();
  }

  OutputMask start(long rawOffset) {
    return new OutputMask(matcher, rawOffset);
  }
}
