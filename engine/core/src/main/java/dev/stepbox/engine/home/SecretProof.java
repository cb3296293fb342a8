package dev.stepbox.engine.home;

import dev.stepbox.agent.protocol.Secret;
import dev.stepbox.agent.protocol.json.JsonException;
import dev.stepbox.agent.protocol.json.JsonObject;
import dev.stepbox.agent.protocol.json.JsonReader;
import dev.stepbox.agent.protocol.json.JsonWriter;
import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Tells whether secrets have the values that a build began with, without keeping these: one salted
 * hash over all of them, which takes a while to make. A guess has to be right in all values at
 * once.
 */
public final class SecretProof {

  /** How often the function is repeated: a tenth of a second, or a little less. */
  static final int ITERATIONS = 100_000;

  private static final String FUNCTION = "PBKDF2WithHmacSHA256";
  private static final int SALT_BYTES = 16;
  private static final int HASH_BITS = 256;

  private final int iterations;
  private final byte[] salt;
  private final byte[] hash;

  private SecretProof(int iterations, byte[] salt, byte[] hash) {
    this.iterations = iterations;
    this.salt = salt;
    this.hash = hash;
  }

  /** The proof of some secrets, with a salt of its own. */
  public static SecretProof of(List<Secret> secrets, RandomGenerator random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return new SecretProof(ITERATIONS, salt, hash(secrets, salt, ITERATIONS));
  }

  /** Whether these are the same secrets with the same values. */
  public boolean holdsFor(List<Secret> secrets) {
    return MessageDigest.isEqual(hash, hash(secrets, salt, iterations));
  }

  /** Write to a file that its owner alone may read; it is whole, or not there. */
  public void write(Path file) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    String text =
        new JsonWriter()
            .beginObject()
            .field("function", FUNCTION)
            .field("iterations", iterations)
            .field("salt", HexFormat.of().formatHex(salt))
            .field("hash", HexFormat.of().formatHex(hash))
            .endObject()
            .toString();
    try {
      Files.deleteIfExists(part);
      try (SeekableByteChannel out =
          Files.newByteChannel(
              part,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          int ignored = out.write(bytes);
        }
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw DiskFailures.of("keep the proof of the secrets in", file, e);
    }
  }

  /** Read what {@link #write} wrote. */
  public static SecretProof read(Path file) {
    try {
      JsonObject in = JsonReader.read(Files.readString(file));
      if (!in.string("function").equals(FUNCTION)) {
        throw new IllegalArgumentException("function '%s'".formatted(in.string("function")));
      }
      return new SecretProof(
          in.intValue("iterations"),
          HexFormat.of().parseHex(in.string("salt")),
          HexFormat.of().parseHex(in.string("hash")));
    } catch (JsonException | IllegalArgumentException e) {
      throw new EngineException(
          ErrorCode.JOURNAL_CORRUPT,
          "cannot read the proof of the secrets '%s': %s. It may be of another version of Stepbox."
              .formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      throw DiskFailures.of("read the proof of the secrets", file, e);
    }
  }

  /** Lengths stand in front, so that no two lists of secrets make the same text. */
  private static byte[] hash(List<Secret> secrets, byte[] salt, int iterations) {
    var text = new StringBuilder();
    for (Secret secret : secrets.stream().sorted(Comparator.comparing(Secret::name)).toList()) {
      text.append(secret.name().length()).append(':').append(secret.name());
      text.append(secret.value().length()).append(':').append(secret.value());
    }
    var key = new PBEKeySpec(text.toString().toCharArray(), salt, iterations, HASH_BITS);
    try {
      return SecretKeyFactory.getInstance(FUNCTION).generateSecret(key).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + FUNCTION, e);
    } finally {
      key.clearPassword();
    }
  }
}
