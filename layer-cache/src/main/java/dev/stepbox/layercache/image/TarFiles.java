package dev.stepbox.layercache.image;

import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.archive.ByteFeed;
import dev.stepbox.layercache.archive.LayerStream;
import dev.stepbox.layercache.archive.TarEntry;
import dev.stepbox.layercache.archive.TarReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files in a tar archive. An archive that is not compressed is indexed by its headers, and its
 * files are read where they lie, several at a time. A compressed one is read as a stream: once for
 * the index and the documents, and once more for the large files, in the order in which they stand.
 */
final class TarFiles implements ImageFiles {
  private static final int ENTRIES_MAX = 100_000;
  private static final int PARALLELISM = 4;

  /** Where a file lies, or to which other name it leads. */
  private record Place(long number, long offset, long length, @Nullable String linkedTo) {}

  private final Path file;
  private final Limits limits;
  private final boolean isPacked;
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, byte[]> documents = new HashMap<>();
  private long documentBytes;
  private @Nullable TarReader stream;
  private long streamNumber;

  private TarFiles(Path file, Limits limits, boolean isPacked) {
    this.file = file;
    this.limits = limits;
    this.isPacked = isPacked;
  }

  static TarFiles open(Path file, Limits limits) throws IOException, InterruptedException {
    TarFiles files = new TarFiles(file, limits, isPacked(file));
    try (TarReader tar = files.reader()) {
      files.index(tar);
    }
    return files;
  }

  private static boolean isPacked(Path file) throws IOException {
    byte[] start;
    try (var in = Files.newInputStream(file)) {
      start = in.readNBytes(262);
    }
    // A tar archive says so at byte 257; anything else is left to whoever knows compressions.
    return start.length < 262
        || start[257] != 'u'
        || start[258] != 's'
        || start[259] != 't'
        || start[260] != 'a'
        || start[261] != 'r';
  }

  private TarReader reader() throws IOException, InterruptedException {
    ByteFeed whole = LayerStream.ofFile(file, 0, Files.size(file));
    return new TarReader(isPacked ? LayerStream.open(whole, limits) : whole, limits);
  }

  private void index(TarReader tar) throws IOException, InterruptedException {
    long number = 0;
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      number++;
      if (number > ENTRIES_MAX) {
        throw SourceFailures.refused(file, "it has more than %d files".formatted(ENTRIES_MAX));
      }
      String name = clean(entry.rawPath());
      switch (entry.kind()) {
        case FILE -> {
          places.put(name, new Place(number, tar.contentOffset(), tar.storedBytes(), null));
          if (isPacked && entry.size() <= limits.jsonBytesMax() && !isLayerName(name)) {
            keepDocument(name, tar);
          }
        }
        case SYMBOLIC_LINK, HARD_LINK ->
            places.put(name, new Place(number, 0, 0, linked(name, entry)));
        case DIRECTORY, PIPE, CHARACTER_DEVICE, BLOCK_DEVICE -> {
          // Of no use here.
        }
      }
    }
  }

  /** Documents of a compressed archive are kept, as long as they are few. */
  private void keepDocument(String name, TarReader tar) throws IOException, InterruptedException {
    if (documentBytes + tar.storedBytes() <= 16L * limits.jsonBytesMax()) {
      byte[] bytes = tar.content(name, limits.jsonBytesMax());
      documentBytes += bytes.length;
      documents.put(name, bytes);
    }
  }

  private static boolean isLayerName(String name) {
    return name.endsWith(".tar");
  }

  /** Docker writes a layer that an image has twice as a link to the first. */
  private static String linked(String name, TarEntry entry) {
    if (entry.kind() == TarEntry.Kind.HARD_LINK) {
      return clean(entry.rawLink());
    }
    int slash = name.lastIndexOf('/');
    return clean((slash < 0 ? "" : name.substring(0, slash + 1)) + entry.rawLink());
  }

  private static String clean(String rawPath) {
    List<String> names = new ArrayList<>();
    for (String name : rawPath.split("/", -1)) {
      if (name.equals("..")) {
        if (!names.isEmpty()) {
          names.removeLast();
        }
      } else if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return String.join("/", names);
  }

  private @Nullable Place place(String name) {
    Place place = places.get(clean(name));
    for (int hops = 0; place != null && place.linkedTo != null; hops++) {
      if (hops == 8) {
        return null;
      }
      place = places.get(place.linkedTo);
    }
    return place;
  }

  @Override
  public Optional<byte[]> document(String name) throws IOException, InterruptedException {
    Place place = place(name);
    if (place == null) {
      return Optional.empty();
    }
    if (place.length > limits.jsonBytesMax()) {
      throw DirectoryFiles.tooLarge(name, limits);
    }
    byte[] kept = documents.get(clean(name));
    if (kept != null) {
      return Optional.of(kept);
    }
    if (isPacked) {
      return Optional.empty();
    }
    byte[] bytes = new byte[(int) place.length];
    try (var channel = Files.newByteChannel(file)) {
      channel.position(place.offset);
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // Until it is full.
      }
    }
    return Optional.of(bytes);
  }

  @Override
  public Optional<ByteFeed> open(String name) throws IOException, InterruptedException {
    Place place = place(name);
    if (place == null) {
      return Optional.empty();
    }
    return Optional.of(
        isPacked ? inStream(place) : LayerStream.ofFile(file, place.offset, place.length));
  }

  private ByteFeed inStream(Place place) throws IOException, InterruptedException {
    if (stream == null || streamNumber >= place.number) {
      close();
      stream = reader();
      streamNumber = 0;
    }
    TarReader tar = stream;
    while (streamNumber < place.number) {
      if (tar.next() == null) {
        throw SourceFailures.corrupt(file, "it has changed while it was read");
      }
      streamNumber++;
    }
    return tar.contentFeed();
  }

  @Override
  public long order(String name) {
    Place place = place(name);
    return place == null ? 0 : place.number;
  }

  @Override
  public int parallelism() {
    return isPacked ? 1 : PARALLELISM;
  }

  @Override
  public void close() throws IOException {
    if (stream != null) {
      stream.close();
      stream = null;
    }
  }
}
