package dev.stepbox.layercache.json;

/** A document is no JSON, is too deep, or does not say what it should. */
public final class JsonException extends Exception {
  private static final long serialVersionUID = 1L;

  public JsonException(String why) {
    super(why);
  }
}
