package dev.stepbox.layercache;

import java.util.regex.Pattern;

/** Name of a layer in the store. Two layers with the same id have the same content. */
public sealed interface LayerId {

  /**
   * A layer that came from an image.
   *
   * @param digest of the uncompressed archive; where the archive refers to files of the layers
   *     below it, of those layers too
   */
  record Imported(Digest digest) implements LayerId {
    @Override
    public String toString() {
      return digest.toString();
    }
  }

  /**
   * A layer made on this machine: a captured write layer, a source tree, a merge.
   *
   * @param value 26 digits of Crockford's base 32 in lower case, increasing with time
   */
  record Unique(String value) implements LayerId {
    private static final Pattern FORM = Pattern.compile("[0-7][0-9a-hjkmnp-tv-z]{25}");

    public Unique {
      if (!FORM.matcher(value).matches()) {
        throw new IllegalArgumentException("not a layer id: '%s'".formatted(value));
      }
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /**
   * Reads what {@code toString} wrote.
   *
   * @throws IllegalArgumentException when it is neither form
   */
  static LayerId parse(String text) {
    return text.indexOf(':') >= 0 ? new Imported(Digest.parse(text)) : new Unique(text);
  }
}
