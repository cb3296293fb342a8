package dev.stepbox.pipeline.model;

/**
 * Where a root file system comes from, as written; nothing is looked up. The text of a variant may
 * hold references {@code ${NAME}} until the pipeline is expanded.
 */
public sealed interface ImageRef {
  /** The image that a pipeline uses when it names none. */
  ImageRef DEFAULT = new Host();

  /** The programs and libraries of the machine itself, read-only: {@code host}. */
  record Host() implements ImageRef {
    @Override
    public String toString() {
      return "host";
    }
  }

  /** An imported image or a registry reference, for example {@code debian:bookworm}. */
  record Named(String reference) implements ImageRef {
    public Named {
      requireText(reference);
    }

    @Override
    public String toString() {
      return reference;
    }
  }

  /** An OCI layout directory: {@code oci:DIR}. */
  record OciLayout(String path) implements ImageRef {
    public OciLayout {
      requireText(path);
    }

    @Override
    public String toString() {
      return "oci:" + path;
    }
  }

  /** An archive as {@code docker save} writes it: {@code docker-archive:FILE}. */
  record DockerArchive(String path) implements ImageRef {
    public DockerArchive {
      requireText(path);
    }

    @Override
    public String toString() {
      return "docker-archive:" + path;
    }
  }

  /** A tar file of a root file system: {@code rootfs:FILE}. */
  record RootfsTarball(String path) implements ImageRef {
    public RootfsTarball {
      requireText(path);
    }

    @Override
    public String toString() {
      return "rootfs:" + path;
    }
  }

  /** The variant that a text means; see {@code docs/reference/pipeline.md} for its form. */
  static ImageRef parse(String text) {
    if (text.equals("host")) {
      return new Host();
    }
    int colon = text.indexOf(':');
    String kind = colon < 0 ? "" : text.substring(0, colon);
    String rest = text.substring(colon + 1);
    return switch (kind) {
      case "oci" -> new OciLayout(rest);
      case "docker-archive" -> new DockerArchive(rest);
      case "rootfs" -> new RootfsTarball(rest);
      default -> new Named(text);
    };
  }

  private static void requireText(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("an image needs a name, got '%s'".formatted(text));
    }
  }
}
