package dev.stepbox.layercache.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.stepbox.layercache.IdMappedTree;
import dev.stepbox.layercache.LayerCacheException;
import dev.stepbox.layercache.LayerCacheException.Code;
import dev.stepbox.layercache.LayerId;
import dev.stepbox.layercache.Limits;
import dev.stepbox.layercache.PipeMaker;
import dev.stepbox.layercache.StoreFailures;
import dev.stepbox.layercache.Surroundings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An open store: the ways in which its files are made, replaced and removed, so that a crash at any
 * moment leaves only whole files and things that the next opening clears away.
 */
public final class Store implements AutoCloseable {
  private final StoreLayout layout;
  private final StoreLock lock;
  private final Session session;
  private final WriteGate gate;
  private final Limits limits;
  private final IdMappedTree port;
  private final Surroundings surroundings;
  private final AtomicLong temporaries = new AtomicLong();

  private Store(
      StoreLayout layout,
      StoreLock lock,
      Session session,
      WriteGate gate,
      Limits limits,
      IdMappedTree port,
      Surroundings surroundings) {
    this.layout = layout;
    this.lock = lock;
    this.session = session;
    this.gate = gate;
    this.limits = limits;
    this.port = port;
    this.surroundings = surroundings;
  }

  /** Whether a change must be on disk before the work goes on. */
  public enum Durability {
    /** It survives the death of any process. */
    PROCESS_CRASH,
    /** It survives a power cut too. */
    POWER_CUT
  }

  /** Work under the lock of the store. */
  public interface Action<T> {
    T run() throws IOException;
  }

  /**
   * Opens a store, made if it is not there.
   *
   * @param gate is asked before every change
   */
  public static Store open(
      Path root, Limits limits, IdMappedTree port, Surroundings surroundings, WriteGate gate) {
    try {
      Files.createDirectories(
          root.toAbsolutePath(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      StoreLayout layout = new StoreLayout(root.toRealPath());
      StoreLock lock = new StoreLock(layout.lock());
      return lock.holding(() -> open(layout, lock, limits, port, surroundings, gate));
    } catch (IOException e) {
      throw StoreFailures.of("open the store", root, e);
    }
  }

  private static Store open(
      StoreLayout layout,
      StoreLock lock,
      Limits limits,
      IdMappedTree port,
      Surroundings surroundings,
      WriteGate gate)
      throws IOException {
    String format = StoreLayout.formatText(port.ids());
    checkFormat(layout, format);
    for (Path directory : layout.directories()) {
      if (!Files.isDirectory(directory)) {
        gate.pass(directory, 0);
        Files.createDirectories(directory);
      }
    }
    Session session = Session.begin(layout, newId(surroundings).value());
    Store store = new Store(layout, lock, session, gate, limits, port, surroundings);
    try {
      if (!Files.exists(layout.format())) {
        store.replace(layout.format(), format.getBytes(UTF_8), Durability.POWER_CUT);
      }
      return store;
    } catch (IOException e) {
      session.close();
      throw e;
    }
  }

  private static void checkFormat(StoreLayout layout, String wanted) throws IOException {
    if (!Files.exists(layout.format())) {
      return;
    }
    String format = Files.readString(layout.format());
    if (!format.equals(wanted)) {
      throw new LayerCacheException(
          Code.STORE_VERSION,
          ("cannot use the store '%s': its format is '%s', this program needs '%s' here, because"
               + " files in it belong to other ids. Set STEPBOX_HOME to another directory, or"
               + " remove this one: empty it with 'stepbox cache prune --all' of the program that"
               + " made it, or remove it as root.")
              .formatted(layout.root(), format.strip(), wanted.strip()));
    }
  }

  public StoreLayout layout() {
    return layout;
  }

  public Limits limits() {
    return limits;
  }

  public IdMappedTree port() {
    return port;
  }

  public WriteGate gate() {
    return gate;
  }

  public PipeMaker pipes() {
    return surroundings.pipes();
  }

  public Instant now() {
    return surroundings.clock().instant();
  }

  public String architecture() {
    return surroundings.architecture();
  }

  public String bootId() {
    return surroundings.bootId();
  }

  /** An id that nobody else makes, in order of time. */
  public LayerId.Unique newId() {
    return newId(surroundings);
  }

  private static LayerId.Unique newId(Surroundings surroundings) {
    ByteBuffer bytes = ByteBuffer.allocate(18);
    bytes.putLong(surroundings.clock().instant().toEpochMilli() << 16);
    byte[] random = new byte[10];
    surroundings.random().nextBytes(random);
    bytes.position(6).put(random);
    return new LayerId.Unique(StoreLayout.base32(bytes.array()));
  }

  /** A change under the lock of the store. */
  public interface Change {
    void make() throws IOException;
  }

  /** Makes a change that no other process or thread may see half done. */
  public void change(String tried, Change change) {
    locked(
        tried,
        () -> {
          change.make();
          return true;
        });
  }

  /** Does something that no other process or thread may see half done. */
  public <T> T locked(String tried, Action<T> action) {
    try {
      return lock.holding(action::run);
    } catch (IOException e) {
      throw StoreFailures.of(tried + " in", layout.root(), e);
    }
  }

  /** A path where nothing is, for something to be made; gone with this process. */
  public Path newTemporary() {
    return session.directory().resolve(Long.toString(temporaries.incrementAndGet()));
  }

  /** Makes a directory; its parent exists. */
  public Path createDirectory(Path directory) throws IOException {
    gate.pass(directory, 0);
    return Files.createDirectory(directory);
  }

  /** Makes or replaces a small file as a whole. */
  public void replace(Path file, byte[] content, Durability durability) throws IOException {
    Path temporary = newTemporary();
    gate.pass(file, content.length);
    try {
      try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        if (durability == Durability.POWER_CUT) {
          channel.force(false);
        }
      }
      gate.pass(file, 0);
      Files.move(temporary, file, ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    if (durability == Durability.POWER_CUT) {
      try (FileChannel directory = FileChannel.open(parent(file), READ)) {
        directory.force(false);
      }
    }
  }

  private static Path parent(Path file) throws IOException {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IOException("it has no directory above it");
    }
    return parent;
  }

  /** Makes or replaces a record. */
  public void replace(Path file, StoreRecord record, Durability durability) throws IOException {
    replace(file, record.bytes(), durability);
  }

  /**
   * Reads a record; empty when there is none.
   *
   * @throws LayerCacheException {@code STORE_CORRUPT}
   */
  public Optional<StoreRecord> read(Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(StoreRecord.parse(bytes));
    } catch (StoreRecord.Malformed e) {
      throw corrupt(file, e);
    }
  }

  /** The exception for a record that does not say what it should. */
  public static LayerCacheException corrupt(Path file, Exception cause) {
    return new LayerCacheException(
        Code.STORE_CORRUPT,
        "cannot use '%s': %s. Remove that file, and import or build again what is missing then."
            .formatted(file, cause.getMessage()),
        cause);
  }

  /** Gives something its final name, which nothing has. */
  public void rename(Path from, Path to) throws IOException {
    gate.pass(to, 0);
    Files.move(from, to, ATOMIC_MOVE);
  }

  /** Removes a small file if it is there. */
  public void delete(Path file) throws IOException {
    gate.pass(file, 0);
    Files.deleteIfExists(file);
  }

  /** Takes something out of the store at once; its space comes back with {@link #sweep}. */
  public void discard(Path path) throws IOException {
    gate.pass(path, 0);
    Path target = layout.trash().resolve(newId().value());
    try {
      Files.move(path, target, ATOMIC_MOVE);
    } catch (NoSuchFileException ignored) {
      // It is gone already.
    }
  }

  /** The files in a directory of the store, sorted by name. */
  public List<Path> list(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(files::add);
    }
    files.sort(null);
    return files;
  }

  /** Puts what dead processes were making into the trash. Under the lock of the store. */
  void clearDeadSessions() throws IOException {
    for (Path file : list(layout.temporary())) {
      String name = file.getFileName().toString();
      if (name.endsWith(".lock")) {
        if (Session.isDead(file)) {
          discard(layout.session(name.substring(0, name.length() - ".lock".length())));
          Files.deleteIfExists(file);
        }
      } else if (!Files.exists(layout.sessionLock(name))) {
        discard(file);
      }
    }
  }

  /** Removes everything in the trash for good. Several processes may do it at the same time. */
  public void sweep() throws InterruptedException {
    List<Path> taken =
        locked(
            "take the trash",
            () -> {
              List<Path> mine = new ArrayList<>();
              for (Path trash : list(layout.trash())) {
                Path target = newTemporary();
                Files.move(trash, target, ATOMIC_MOVE);
                mine.add(target);
              }
              return mine;
            });
    for (Path trash : taken) {
      port.remove(trash);
    }
  }

  /** Lets go of the store; what this process was making and did not finish goes to the trash. */
  @Override
  public void close() {
    if (!Files.exists(session.directory())) {
      return;
    }
    change(
        "close the store",
        () -> {
          try {
            Files.delete(session.directory());
          } catch (DirectoryNotEmptyException e) {
            discard(session.directory());
          }
          session.close();
        });
  }
}
