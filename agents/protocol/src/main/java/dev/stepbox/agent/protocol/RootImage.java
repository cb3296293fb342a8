package dev.stepbox.agent.protocol;

/** The root file system that a stage or a step starts from; the engine has resolved its name. */
public sealed interface RootImage {
  /** The host's own programs and libraries, read-only below the write layer. */
  record Host() implements RootImage {}

  /**
   * An image in the store.
   *
   * @param reference what the user wrote, for messages
   * @param digest the store's identity of the image, {@code sha256:<hex>}
   */
  record Stored(String reference, String digest) implements RootImage {
    public Stored {
      Names.requireText("image reference", reference);
      Names.requireText("image digest", digest);
    }

    @Override
    public String toString() {
      return reference;
    }
  }

  /** {@link Host}. */
  static RootImage host() {
    return new Host();
  }
}
