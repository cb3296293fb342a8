package dev.stepbox.layercache.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.ImageName;
import dev.stepbox.layercache.LayerId;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The names of all files of a store.
 *
 * <pre>
 * format                    version of this layout, and whether files belong to one id or several
 * lock                      held while several files change together
 * count                     what the store took when it was counted last
 * empty/                    a directory without anything, for overlays that have nothing below
 * blobs/HEX                 configs and manifests, by digest
 * layers/ID/                one layer: its record 'layer', 'tree', 'manifest', 'durable', 'used'
 * images/HEX                what is known of an image, by id
 * names/KEY                 which image a name means
 * sources/KEY               which image a source gave, and what the source looked like
 * caches/KEY/               one cache mount: its record 'cache', 'tree', 'used'
 * writes/ID/                one write layer: its record 'write', 'tree', 'work'
 * leases/ID  pins/KEY       what must not be reclaimed
 * tmp/SESSION/              what one process is making; SESSION.lock is locked while it lives
 * trash/N                   what is to be removed
 * </pre>
 *
 * <p>A layer's ID has 26 characters, so that a stack of 120 layers fits the page that old kernels
 * take as mount options. A KEY is a digest of a text that the record in the file holds in full.
 */
public final class StoreLayout {
  private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
  private static final int ID_BYTES = 16;

  private final Path root;

  StoreLayout(Path root) {
    this.root = root;
  }

  public Path root() {
    return root;
  }

  /** All directories that a store has from the beginning. */
  List<Path> directories() {
    return List.of(
        empty(),
        blobs(),
        layers(),
        images(),
        names(),
        sources(),
        caches(),
        writes(),
        leases(),
        pins(),
        temporary(),
        trash());
  }

  /** What says that a store is of this version, and can be used with so many ids. */
  static String formatText(int ids) {
    // Since version 2, files of an image's root belong to another id than this process's own.
    return "stepbox-store 2, %s\n".formatted(ids == 1 ? "one id" : "several ids");
  }

  Path format() {
    return root.resolve("format");
  }

  Path lock() {
    return root.resolve("lock");
  }

  /** What the store took when it was counted last. */
  public Path count() {
    return root.resolve("count");
  }

  public Path empty() {
    return root.resolve("empty");
  }

  public Path blob(Digest digest) {
    return blobs().resolve(digest.hex());
  }

  public Path blobs() {
    return root.resolve("blobs");
  }

  public Path layers() {
    return root.resolve("layers");
  }

  public Path layer(LayerId id) {
    return layers()
        .resolve(
            switch (id) {
              case LayerId.Imported(Digest digest) -> base32(HexFormat.of().parseHex(digest.hex()));
              case LayerId.Unique(String value) -> value;
            });
  }

  /** The record of a layer, in its directory; present before the directory gets its final name. */
  public static Path layerRecord(Path layer) {
    return layer.resolve("layer");
  }

  /** The files of a layer, a write layer or a cache mount. */
  public static Path tree(Path directory) {
    return directory.resolve("tree");
  }

  /** The list of files of an imported layer. */
  public static Path manifest(Path layer) {
    return layer.resolve("manifest");
  }

  /** Says that all of a layer has reached the disk. */
  static Path durable(Path layer) {
    return layer.resolve("durable");
  }

  /** Its time of change says when a layer or a cache mount was used last. */
  public static Path used(Path directory) {
    return directory.resolve("used");
  }

  public Path images() {
    return root.resolve("images");
  }

  public Path image(Digest id) {
    return images().resolve(id.hex());
  }

  public Path names() {
    return root.resolve("names");
  }

  public Path name(ImageName name) {
    return names().resolve(key(name.value()));
  }

  public Path sources() {
    return root.resolve("sources");
  }

  public Path source(String text) {
    return sources().resolve(key(text));
  }

  public Path caches() {
    return root.resolve("caches");
  }

  public Path cache(String key) {
    return caches().resolve(key(key));
  }

  public static Path cacheRecord(Path cache) {
    return cache.resolve("cache");
  }

  public Path writes() {
    return root.resolve("writes");
  }

  public Path write(LayerId.Unique id) {
    return writes().resolve(id.value());
  }

  public static Path writeRecord(Path write) {
    return write.resolve("write");
  }

  /** Scratch space of the overlay mount over a write layer. */
  public static Path work(Path write) {
    return write.resolve("work");
  }

  Path leases() {
    return root.resolve("leases");
  }

  Path lease(String id) {
    return leases().resolve(id);
  }

  Path pins() {
    return root.resolve("pins");
  }

  Path pin(String name) {
    return pins().resolve(key(name));
  }

  Path temporary() {
    return root.resolve("tmp");
  }

  Path session(String id) {
    return temporary().resolve(id);
  }

  Path sessionLock(String id) {
    return temporary().resolve(id + ".lock");
  }

  Path trash() {
    return root.resolve("trash");
  }

  private static String key(String text) {
    try {
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      return base32(hash.digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The first 128 bits as 26 digits. */
  static String base32(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    int bits = 2;
    int value = 0;
    for (int at = 0; at < ID_BYTES; at++) {
      value = (value << 8) | (bytes[at] & 0xff);
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text.append(DIGITS.charAt((value >> bits) & 31));
      }
      value &= (1 << bits) - 1;
    }
    return text.toString();
  }
}
