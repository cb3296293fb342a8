package dev.stepbox.layercache.archive;

import dev.stepbox.layercache.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Computes the digest of what passes through. */
final class DigestFeed implements ByteFeed {
  private final ByteFeed source;
  private final MessageDigest hash = sha256();
  private @Nullable Digest digest;

  DigestFeed(ByteFeed source) {
    this.source = source;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException, InterruptedException {
    ByteBuffer piece = source.next();
    if (piece != null) {
      hash.update(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    }
    return piece;
  }

  /** Of all that passed; called after the end. */
  synchronized Digest digest() {
    if (digest == null) {
      digest = Digest.ofHash(hash.digest());
    }
    return digest;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
