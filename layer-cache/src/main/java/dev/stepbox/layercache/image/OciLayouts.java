package dev.stepbox.layercache.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.image.OciDocuments.Descriptor;
import dev.stepbox.layercache.image.SourceImage.SourceLayer;
import dev.stepbox.layercache.json.JsonException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds an image in an OCI image layout. */
final class OciLayouts {
  private static final String INDEX = "index.json";
  private static final int INDEX_DEPTH_MAX = 4;

  private final Path source;
  private final ImageFiles files;
  private final String platform;

  /**
   * Looks into a layout.
   *
   * @param platform taken where an image comes for several
   */
  OciLayouts(Path source, ImageFiles files, String platform) {
    this.source = source;
    this.files = files;
    this.platform = platform;
  }

  SourceImage read(@Nullable String reference) throws IOException, InterruptedException {
    byte[] index =
        files
            .document(INDEX)
            .orElseThrow(() ->
                SourceFailures.unsupported(
                    source, "it has no '%s', so it is no OCI image layout".formatted(INDEX)));
    try {
      return image(manifest(named(OciDocuments.index(index), reference), 0));
    } catch (JsonException e) {
      throw SourceFailures.corrupt(source, "a document in it cannot be used: " + e.getMessage());
    }
  }

  private List<Descriptor> named(List<Descriptor> all, @Nullable String reference) {
    if (reference == null) {
      return all;
    }
    List<Descriptor> matching =
        all.stream()
            .filter(
                one -> one.name().equals(reference) || one.digest().toString().equals(reference))
            .toList();
    if (matching.isEmpty()) {
      throw DockerArchives.ambiguous(source, reference, names(all));
    }
    return matching;
  }

  private static List<String> names(List<Descriptor> all) {
    return all.stream()
        .map(one -> one.name().isEmpty() ? one.digest().toString() : one.name())
        .toList();
  }

  /** The manifest for the platform, through indexes of indexes. */
  private Descriptor manifest(List<Descriptor> candidates, int depth)
      throws IOException, InterruptedException, JsonException {
    if (depth > INDEX_DEPTH_MAX) {
      throw SourceFailures.refused(
          source, "its indexes are nested deeper than %d levels".formatted(INDEX_DEPTH_MAX));
    }
    List<Descriptor> fitting =
        candidates.stream()
            .filter(one -> one.platform().isEmpty() || one.platform().equals(platform))
            .toList();
    if (fitting.size() != 1) {
      if (!candidates.isEmpty() && fitting.isEmpty()) {
        throw SourceFailures.unsupported(
            source,
            "it has no image for '%s', only for '%s'"
                .formatted(
                    platform,
                    String.join("', '", candidates.stream().map(Descriptor::platform).toList())));
      }
      throw DockerArchives.ambiguous(source, null, names(candidates));
    }
    Descriptor chosen = fitting.getFirst();
    if (chosen.isIndex()) {
      return manifest(OciDocuments.index(document(chosen)), depth + 1);
    }
    if (!chosen.isManifest()) {
      throw SourceFailures.unsupported(
          source, "'%s' is no image manifest".formatted(chosen.mediaType()));
    }
    return chosen;
  }

  private SourceImage image(Descriptor descriptor)
      throws IOException, InterruptedException, JsonException {
    OciDocuments.Manifest manifest = OciDocuments.manifest(document(descriptor));
    if (!manifest.config().isConfig()) {
      throw SourceFailures.unsupported(
          source,
          "its config is of type '%s', so it is no image".formatted(manifest.config().mediaType()));
    }
    byte[] document = document(manifest.config());
    OciDocuments.Config config = OciDocuments.config(document);
    if (config.diffIds().size() != manifest.layers().size()) {
      throw SourceFailures.corrupt(
          source,
          "its config names %d layers, its manifest %d"
              .formatted(config.diffIds().size(), manifest.layers().size()));
    }
    List<SourceLayer> layers = new ArrayList<>();
    for (int at = 0; at < manifest.layers().size(); at++) {
      Descriptor layer = manifest.layers().get(at);
      requireOwnLayer(layer);
      layers.add(new SourceLayer(layer.blobName(), config.diffIds().get(at), layer.digest()));
    }
    return new SourceImage(new String(document, UTF_8), config.config(), layers);
  }

  private void requireOwnLayer(Descriptor layer) {
    if (layer.hasUrls()) {
      throw SourceFailures.refused(
          source, "layer '%s' wants to be fetched from elsewhere".formatted(layer.digest()));
    }
    if (!layer.isLayer()) {
      throw SourceFailures.unsupported(
          source, "layer '%s' is of type '%s'".formatted(layer.digest(), layer.mediaType()));
    }
  }

  private byte[] document(Descriptor descriptor) throws IOException, InterruptedException {
    byte[] bytes =
        files
            .document(descriptor.blobName())
            .orElseThrow(() ->
                SourceFailures.corrupt(source, "'%s' is missing".formatted(descriptor.blobName())));
    if (bytes.length != descriptor.size()) {
      throw new LayerCacheException(
          Code.DIGEST_MISMATCH,
          "'%s' has %d bytes, but the image names %d. Fetch or make the image again."
              .formatted(descriptor.blobName(), bytes.length, descriptor.size()));
    }
    DockerArchives.requireDigest(
        "'%s'".formatted(descriptor.blobName()), descriptor.digest(), bytes);
    return bytes;
  }
}
