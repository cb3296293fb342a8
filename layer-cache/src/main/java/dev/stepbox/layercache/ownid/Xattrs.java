package dev.stepbox.layercache.ownid;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes of the {@code user} name space, the only one that the JDK reaches. */
final class Xattrs {
  static final String NAMESPACE = "user.";
  static final String WHITEOUT = "user.overlay.whiteout";
  static final String OPAQUE = "user.overlay.opaque";
  static final SortedMap<String, String> NONE = Collections.emptySortedMap();

  private static final String OVERLAY = "user.overlay.";

  private Xattrs() {}

  /** All attributes by full name, values with one character per byte. */
  static SortedMap<String, String> read(Path file) throws IOException {
    UserDefinedFileAttributeView view = view(file);
    SortedMap<String, String> all = null;
    for (String name : view.list()) {
      ByteBuffer value = ByteBuffer.allocate(view.size(name));
      view.read(name, value);
      all = all == null ? new TreeMap<>() : all;
      all.put(NAMESPACE + name, new String(value.array(), 0, value.position(), ISO_8859_1));
    }
    return all == null ? NONE : all;
  }

  /** Without those by which overlay mounts mark files. */
  static SortedMap<String, String> ofContent(SortedMap<String, String> all) {
    if (all.isEmpty()) {
      return all;
    }
    SortedMap<String, String> content = new TreeMap<>(all);
    content.keySet().removeIf(name -> name.startsWith(OVERLAY));
    return content;
  }

  /** Sets an attribute, also of a file that its owner may not open. */
  static void set(Path file, String name, String rawValue) throws IOException {
    OpenAccess.to(
        file,
        FileStatus.of(file),
        open -> {
          write(open, name, rawValue);
          return open;
        });
  }

  static void write(Path file, String name, String rawValue) throws IOException {
    ByteBuffer value = ByteBuffer.wrap(rawValue.getBytes(ISO_8859_1));
    view(file).write(name.substring(NAMESPACE.length()), value);
  }

  private static UserDefinedFileAttributeView view(Path file) throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(
            file, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view == null) {
      throw new IOException("the file system has no extended attributes");
    }
    return view;
  }
}
