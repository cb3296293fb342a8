package dev.stepbox.layercache.image;

import dev.stepbox.layercache.Digest;
import dev.stepbox.layercache.ImageConfig;
import dev.stepbox.layercache.json.JsonException;
import dev.stepbox.layercache.json.JsonReader;
import dev.stepbox.layercache.json.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** Reads the documents of OCI images, which are those of Docker images too. */
final class OciDocuments {
  static final String REFERENCE_NAME = "org.opencontainers.image.ref.name";

  private static final int VARIABLES_MAX = 4096;

  private OciDocuments() {}

  /**
   * Points to a document or a layer.
   *
   * @param platform {@code os/architecture}; empty where nothing is said
   * @param name reference name; empty where there is none
   * @param hasUrls whether it wants to be fetched from elsewhere
   */
  record Descriptor(
      String mediaType, Digest digest, long size, String platform, String name, boolean hasUrls) {

    boolean isIndex() {
      return mediaType.equals("application/vnd.oci.image.index.v1+json")
          || mediaType.equals("application/vnd.docker.distribution.manifest.list.v2+json");
    }

    boolean isManifest() {
      return mediaType.equals("application/vnd.oci.image.manifest.v1+json")
          || mediaType.equals("application/vnd.docker.distribution.manifest.v2+json");
    }

    boolean isConfig() {
      return mediaType.equals("application/vnd.oci.image.config.v1+json")
          || mediaType.equals("application/vnd.docker.container.image.v1+json");
    }

    /** Whether it is a layer whose bytes are in the image itself. */
    boolean isLayer() {
      return mediaType.startsWith("application/vnd.oci.image.layer.v1.tar")
          || mediaType.startsWith("application/vnd.docker.image.rootfs.diff.tar");
    }

    String blobName() {
      return "blobs/sha256/" + digest.hex();
    }
  }

  /** What a manifest names. */
  record Manifest(Descriptor config, List<Descriptor> layers) {}

  /** What a config says: how to run, and which layers there are. */
  record Config(ImageConfig config, List<Digest> diffIds) {}

  /**
   * An image of a Docker archive.
   *
   * @param tags as {@code name:tag}
   * @param layers names of files
   */
  record ArchivedImage(String config, List<String> tags, List<String> layers) {}

  static List<Descriptor> index(byte[] document) throws JsonException {
    List<Descriptor> descriptors = new ArrayList<>();
    for (JsonValue value : JsonReader.read(document).elements("manifests")) {
      descriptors.add(descriptor(value));
    }
    return descriptors;
  }

  static Manifest manifest(byte[] document) throws JsonException {
    JsonValue root = JsonReader.read(document);
    List<Descriptor> layers = new ArrayList<>();
    for (JsonValue value : root.elements("layers")) {
      layers.add(descriptor(value));
    }
    return new Manifest(descriptor(root.require("config")), layers);
  }

  private static Descriptor descriptor(JsonValue value) throws JsonException {
    Optional<JsonValue> platform = value.member("platform");
    Optional<JsonValue> annotations = value.member("annotations");
    return new Descriptor(
        value.text("mediaType"),
        digest(value.requireText("digest")),
        size(value.require("size")),
        platform.isPresent() ? platform(platform.get()) : "",
        annotations.isPresent() ? annotations.get().text(REFERENCE_NAME) : "",
        !value.elements("urls").isEmpty());
  }

  private static String platform(JsonValue value) throws JsonException {
    return value.text("os") + "/" + value.text("architecture");
  }

  private static Digest digest(String text) throws JsonException {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw new JsonException(String.valueOf(e.getMessage()));
    }
  }

  private static long size(JsonValue value) throws JsonException {
    try {
      if (value instanceof JsonValue.Figure(String text) && Long.parseLong(text) >= 0) {
        return Long.parseLong(text);
      }
    } catch (NumberFormatException ignored) {
      // Told below.
    }
    throw new JsonException("'size' is no number of bytes");
  }

  static Config config(byte[] document) throws JsonException {
    JsonValue root = JsonReader.read(document);
    List<Digest> diffIds = new ArrayList<>();
    for (String diffId : root.require("rootfs").texts("diff_ids")) {
      diffIds.add(digest(diffId));
    }
    Optional<JsonValue> run = root.member("config");
    String platform = platform(root);
    return new Config(run.isPresent() ? runConfig(run.get(), platform) : none(platform), diffIds);
  }

  private static ImageConfig none(String platform) {
    return new ImageConfig(new LinkedHashMap<>(), List.of(), List.of(), "/", "", platform);
  }

  private static ImageConfig runConfig(JsonValue run, String platform) throws JsonException {
    String directory = run.text("WorkingDir");
    return new ImageConfig(
        environment(run.texts("Env")),
        words(run, "Entrypoint"),
        words(run, "Cmd"),
        directory.startsWith("/") ? directory : "/" + directory,
        run.text("User"),
        platform);
  }

  private static List<String> words(JsonValue run, String name) throws JsonException {
    List<String> words = run.texts(name);
    if (words.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
      throw new JsonException("'%s' has a word with a NUL character".formatted(name));
    }
    return words;
  }

  private static SequencedMap<String, String> environment(List<String> variables)
      throws JsonException {
    SequencedMap<String, String> environment = new LinkedHashMap<>();
    if (variables.size() > VARIABLES_MAX) {
      throw new JsonException("it has more than %d variables".formatted(VARIABLES_MAX));
    }
    for (String variable : variables) {
      int equals = variable.indexOf('=');
      if (equals <= 0 || variable.indexOf('\0') >= 0) {
        throw new JsonException("'%s' is no variable".formatted(variable));
      }
      environment.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return environment;
  }

  /** The images that {@code manifest.json} of a Docker archive lists. */
  static List<ArchivedImage> archive(byte[] document) throws JsonException {
    JsonValue root = JsonReader.read(document);
    if (!(root instanceof JsonValue.Elements(List<JsonValue> values))) {
      throw new JsonException("it is no array");
    }
    List<ArchivedImage> images = new ArrayList<>();
    for (JsonValue value : values) {
      images.add(
          new ArchivedImage(
              value.requireText("Config"), value.texts("RepoTags"), value.texts("Layers")));
    }
    return images;
  }
}
