package dev.stepbox.layercache.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.image.OciDocuments.ArchivedImage;
import dev.stepbox.layercache.image.SourceImage.SourceLayer;
import dev.stepbox.layercache.json.JsonException;
import dev.stepbox.layercache.store.BlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds an image in what {@code docker save} writes. */
final class DockerArchives {
  private static final String LIST = "manifest.json";
  private static final Pattern DIGEST_NAME =
      Pattern.compile("(?:blobs/sha256/)?([0-9a-f]{64})(?:\\.json)?");

  private DockerArchives() {}

  static SourceImage read(Path source, ImageFiles files, @Nullable String reference)
      throws IOException, InterruptedException {
    byte[] list =
        files
            .document(LIST)
            .orElseThrow(() ->
                SourceFailures.unsupported(
                    source,
                    "it has no '%s', so it is no archive of 'docker save'".formatted(LIST)));
    try {
      return image(source, files, chosen(source, OciDocuments.archive(list), reference));
    } catch (JsonException e) {
      throw SourceFailures.corrupt(source, "a document in it cannot be used: " + e.getMessage());
    }
  }

  private static ArchivedImage chosen(
      Path source, List<ArchivedImage> images, @Nullable String reference) {
    List<ArchivedImage> matching =
        images.stream()
            .filter(image -> reference == null || image.tags().contains(reference))
            .toList();
    if (matching.size() != 1) {
      throw ambiguous(source, reference, images.stream().flatMap(i -> i.tags().stream()).toList());
    }
    return matching.getFirst();
  }

  static LayerCacheException ambiguous(
      Path source, @Nullable String reference, List<String> names) {
    String list = names.isEmpty() ? "none has a name" : "'" + String.join("', '", names) + "'";
    return SourceFailures.unsupported(
        source,
        reference == null
            ? "it has not exactly one image. Name one of its images: %s".formatted(list)
            : "no single image in it is named '%s'. It has: %s".formatted(reference, list));
  }

  private static SourceImage image(Path source, ImageFiles files, ArchivedImage image)
      throws IOException, InterruptedException, JsonException {
    byte[] document =
        files
            .document(image.config())
            .orElseThrow(() ->
                SourceFailures.corrupt(
                    source, "its config '%s' is missing".formatted(image.config())));
    Matcher named = DIGEST_NAME.matcher(image.config());
    if (named.matches()) {
      requireDigest("the config", new Digest(named.group(1)), document);
    }
    OciDocuments.Config config = OciDocuments.config(document);
    if (config.diffIds().size() != image.layers().size()) {
      throw SourceFailures.corrupt(
          source,
          "its config names %d layers, the list of images %d"
              .formatted(config.diffIds().size(), image.layers().size()));
    }
    List<SourceLayer> layers = new ArrayList<>();
    for (int at = 0; at < image.layers().size(); at++) {
      layers.add(new SourceLayer(image.layers().get(at), config.diffIds().get(at), null));
    }
    return new SourceImage(new String(document, UTF_8), config.config(), layers);
  }

  static void requireDigest(String what, Digest expected, byte[] document) {
    Digest actual = BlobStore.digest(document);
    if (!actual.equals(expected)) {
      throw SourceFailures.mismatch(what, expected, actual);
    }
  }
}
