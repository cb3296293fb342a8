package dev.stepbox.pipeline.diagnostic;

import java.nio.charset.StandardCharsets;

/**
 * The bytes of a pipeline file and the name it goes by. They are meant to be UTF-8; whether they
 * are is found out by the parser, so that a file in another encoding gets a diagnostic, too.
 */
public final class SourceText {
  private final SourceName name;
  private final byte[] bytes;

  private SourceText(SourceName name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  /** A source of the given bytes, which are copied. */
  public static SourceText of(SourceName name, byte[] bytes) {
    return new SourceText(name, bytes.clone());
  }

  public static SourceText of(SourceName name, String text) {
    return new SourceText(name, text.getBytes(StandardCharsets.UTF_8));
  }

  public SourceName name() {
    return name;
  }

  /** How many bytes the source has. */
  public int size() {
    return bytes.length;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }
}
