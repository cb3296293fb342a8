package dev.stepbox.layercache.store;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.store.Store.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/** Small files kept under the digest of their bytes. */
public final class BlobStore {
  private final Store store;

  public BlobStore(Store store) {
    this.store = store;
  }

  public static Digest digest(byte[] bytes) {
    try {
      return Digest.ofHash(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Keeps bytes; if they are there already and whole, nothing is written. */
  public Digest put(byte[] bytes) throws IOException {
    Digest digest = digest(bytes);
    Path file = store.layout().blob(digest);
    if (!isWhole(file, digest)) {
      store.replace(file, bytes, Durability.POWER_CUT);
    }
    return digest;
  }

  private static boolean isWhole(Path file, Digest digest) throws IOException {
    try {
      return digest(Files.readAllBytes(file)).equals(digest);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * The bytes with a digest; empty when they are not here.
   *
   * @throws LayerCacheException {@code STORE_CORRUPT} when they have changed
   */
  public Optional<byte[]> get(Digest digest) throws IOException {
    Path file = store.layout().blob(digest);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!digest(bytes).equals(digest)) {
      throw new LayerCacheException(
          Code.STORE_CORRUPT,
          "cannot use '%s': its bytes have changed. Import the image again.".formatted(file));
    }
    return Optional.of(bytes);
  }
}
