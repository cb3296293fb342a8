package dev.stepbox.layercache;

import java.util.regex.Pattern;

/**
 * Name under which a user finds an image, for example {@code debian:bookworm}.
 *
 * @param value 1 to 255 of lower-case letters, digits and {@code . _ - / : @}, no {@code ..};
 *     starts with a letter or digit
 */
public record ImageName(String value) implements Comparable<ImageName> {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-zA-Z0-9._/:@-]{0,254}");

  public ImageName {
    if (!FORM.matcher(value).matches() || value.contains("..")) {
      throw new IllegalArgumentException(
          "not an image name: '%s'; write for example 'debian:bookworm'".formatted(value));
    }
  }

  @Override
  public int compareTo(ImageName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
