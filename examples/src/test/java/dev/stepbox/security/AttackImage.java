package dev.stepbox.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Makes images as OCI layouts, from layers that are plain tar archives. */
final class AttackImage {
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  private AttackImage() {}

  /**
   * Writes a layout.
   *
   * @param settings the members of the image's config, for example {@code "User":"1000"}
   */
  static void write(Path layout, String settings, List<Path> layers) throws IOException {
    Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
    StringBuilder ids = new StringBuilder();
    StringBuilder descriptors = new StringBuilder();
    for (Path layer : layers) {
      byte[] content = Files.readAllBytes(layer);
      String comma = ids.isEmpty() ? "" : ",";
      ids.append(comma).append('"').append(digest(content)).append('"');
      descriptors.append(comma).append(put(blobs, LAYER, content));
    }
    String config =
        """
        {"architecture":"%s","os":"linux","config":{%s},"rootfs":{"type":"layers","diff_ids":[%s]}}\
        """
            .formatted(architecture(), settings, ids);
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}\
        """
            .formatted(MANIFEST, put(blobs, CONFIG, config.getBytes(UTF_8)), descriptors);
    Files.writeString(
        layout.resolve("index.json"),
        """
        {"schemaVersion":2,"manifests":[%s]}\
        """
            .formatted(put(blobs, MANIFEST, manifest.getBytes(UTF_8))));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
  }

  private static String architecture() {
    String name = System.getProperty("os.arch");
    return name.equals("aarch64") ? "arm64" : name;
  }

  private static String put(Path blobs, String type, byte[] content) throws IOException {
    String digest = digest(content);
    Files.write(blobs.resolve(digest.substring("sha256:".length())), content);
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(type, digest, content.length);
  }

  private static String digest(byte[] content) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(content);
      return "sha256:" + HexFormat.of().formatHex(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
