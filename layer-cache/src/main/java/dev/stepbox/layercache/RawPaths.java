package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.URI;
import java.nio.file.Path;

/**
 * Paths exact to the byte, as strings with one character per byte. The JDK reads and writes the
 * string form of a path in the encoding of the locale, which loses names that are not text; its URI
 * form takes bytes as they are.
 */
public final class RawPaths {
  private RawPaths() {}

  /** The path of these bytes. Repeated and final slashes are dropped, as by {@link Path#of}. */
  public static Path of(String raw) {
    if (isAscii(raw)) {
      return Path.of(raw);
    }
    StringBuilder uri = new StringBuilder(raw.startsWith("/") ? "file://" : "file:///");
    for (byte b : raw.getBytes(ISO_8859_1)) {
      if (b == '/') {
        uri.append('/');
      } else {
        uri.append('%').append(Character.forDigit((b >> 4) & 15, 16));
        uri.append(Character.forDigit(b & 15, 16));
      }
    }
    Path absolute = Path.of(URI.create(uri.toString()));
    return raw.startsWith("/") ? absolute : absolute.subpath(0, absolute.getNameCount());
  }

  /** The bytes of a path. */
  public static String raw(Path path) {
    String text = path.toString();
    if (isAscii(text)) {
      return text;
    }
    String uri = (path.isAbsolute() ? path : Path.of("/").resolve(path)).toUri().getRawPath();
    StringBuilder raw = new StringBuilder();
    for (int at = path.isAbsolute() ? 0 : 1; at < uri.length(); at++) {
      char c = uri.charAt(at);
      if (c == '%') {
        raw.append((char) Integer.parseInt(uri, at + 1, at + 3, 16));
        at += 2;
      } else {
        raw.append(c);
      }
    }
    // The URI of an existing directory ends with a slash.
    if (raw.toString().endsWith("/") && !text.endsWith("/")) {
      raw.setLength(raw.length() - 1);
    }
    return raw.toString();
  }

  private static boolean isAscii(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (text.charAt(at) > 126) {
        return false;
      }
    }
    return true;
  }
}
