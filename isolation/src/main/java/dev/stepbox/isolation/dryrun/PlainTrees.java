package dev.stepbox.isolation.dryrun;

import dev.stepbox.isolation.IdMappedTrees;
import dev.stepbox.isolation.SandboxErrorCode;
import dev.stepbox.isolation.SandboxException;
import dev.stepbox.isolation.TreeChange;
import dev.stepbox.isolation.TreeEntry;
import dev.stepbox.isolation.TreeEntry.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Trees whose files all belong to the engine's own user, with the means of the JDK alone: nothing
 * else can be in the store of a dry run. Whiteouts and pipes do not occur there.
 */
final class PlainTrees implements IdMappedTrees {
  private static final String OWN_ATTRIBUTES = "user.";

  @Override
  public int ids() {
    return 1;
  }

  @Override
  public void adopt(Path tree) {
    // Everything belongs to us already.
  }

  @Override
  public void lend(Path directory) {
    // Nobody else writes there.
  }

  @Override
  public void apply(Path tree, List<TreeChange> changes) {
    for (TreeChange change : changes) {
      Path path = resolve(tree, change.path());
      attempt("change", path, () -> apply(path, change));
    }
  }

  private static void apply(Path path, TreeChange change) throws IOException {
    switch (change) {
      case TreeChange.Owner _ -> {}
      case TreeChange.Mode mode -> Files.setAttribute(path, "unix:mode", mode.mode());
      case TreeChange.Modified modified ->
          Files.setLastModifiedTime(
              path, FileTime.from(Instant.ofEpochSecond(modified.seconds(), modified.nanos())));
      case TreeChange.Attribute attribute -> write(path, attribute.name(), attribute.rawValue());
      case TreeChange.Directory directory -> {
        Files.createDirectories(path);
        Files.setAttribute(path, "unix:mode", directory.mode());
      }
      case TreeChange.Opaque _ -> write(path, "user.overlay.opaque", "y");
      case TreeChange.Whiteout _, TreeChange.Pipe _ ->
          throw new IOException("not possible without the launcher");
    }
  }

  private static void write(Path path, String name, String rawValue) throws IOException {
    if (!name.startsWith(OWN_ATTRIBUTES)) {
      throw new IOException("attribute '%s' needs the launcher".formatted(name));
    }
    Files.getFileAttributeView(path, UserDefinedFileAttributeView.class)
        .write(
            name.substring(OWN_ATTRIBUTES.length()),
            ByteBuffer.wrap(rawValue.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Override
  public void remove(Path tree) {
    if (Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      attempt(
          "remove",
          tree,
          () ->
              walk(
                  tree,
                  new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                        throws IOException {
                      Files.delete(file);
                      return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                        Path directory, @Nullable IOException e) throws IOException {
                      Files.delete(directory);
                      return FileVisitResult.CONTINUE;
                    }
                  }));
    }
  }

  @Override
  public TreeSize measure(Path tree) {
    long[] sums = {1, 0};
    list(
        tree,
        entry -> {
          sums[0]++;
          sums[1] += entry.size();
        });
    return new TreeSize(sums[0], sums[1]);
  }

  @Override
  public void list(Path tree, Consumer<TreeEntry> sink) {
    attempt("list", tree, () -> walk(tree, entries(tree, sink)));
  }

  private static SimpleFileVisitor<Path> entries(Path tree, Consumer<TreeEntry> sink) {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
          throws IOException {
        if (!path.equals(tree)) {
          sink.accept(entryOf(tree, path));
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
          throws IOException {
        sink.accept(entryOf(tree, path));
        return FileVisitResult.CONTINUE;
      }
    };
  }

  @Override
  public Optional<TreeEntry> entry(Path tree, String path) {
    Path at = resolve(tree, path);
    if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      return Optional.of(entryOf(tree, at));
    } catch (IOException e) {
      throw failed("look at", at, e);
    }
  }

  private static TreeEntry entryOf(Path tree, Path path) throws IOException {
    Map<String, Object> unix =
        Files.readAttributes(
            path, "unix:mode,ino,nlink,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    Kind kind = kind(path);
    return new TreeEntry(
        raw(tree.relativize(path).toString()),
        kind,
        number(unix, "mode").intValue() & 07777,
        0,
        0,
        kind == Kind.FILE ? number(unix, "size").longValue() : 0,
        modified(unix),
        number(unix, "nlink").longValue(),
        number(unix, "ino").longValue(),
        kind == Kind.SYMBOLIC_LINK ? raw(Files.readSymbolicLink(path).toString()) : "",
        new TreeMap<>());
  }

  private static long modified(Map<String, Object> unix) {
    return unix.get("lastModifiedTime") instanceof FileTime time
        ? time.to(TimeUnit.NANOSECONDS)
        : 0;
  }

  private static Number number(Map<String, Object> unix, String name) {
    if (unix.get(name) instanceof Number number) {
      return number;
    }
    throw new IllegalStateException("the JDK did not tell '%s' of a file".formatted(name));
  }

  private static Kind kind(Path path) {
    if (Files.isSymbolicLink(path)) {
      return Kind.SYMBOLIC_LINK;
    }
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return Kind.DIRECTORY;
    }
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Kind.FILE : Kind.DEVICE;
  }

  @Override
  public void copy(Path sourceTree, String source, Path targetTree, String target) {
    Path from = resolve(sourceTree, source);
    Path to = resolve(targetTree, target);
    attempt("copy", from, () -> walk(from, copying(from, to)));
  }

  private static SimpleFileVisitor<Path> copying(Path from, Path to) {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
          throws IOException {
        copy(path);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
          throws IOException {
        copy(path);
        return FileVisitResult.CONTINUE;
      }

      private void copy(Path path) throws IOException {
        Files.copy(
            path,
            to.resolve(from.relativize(path).toString()).normalize(),
            StandardCopyOption.COPY_ATTRIBUTES,
            LinkOption.NOFOLLOW_LINKS);
      }
    };
  }

  @Override
  public void read(Path tree, String path, OutputStream out) {
    Path file = resolve(tree, path);
    attempt("read", file, () -> Files.copy(file, out));
  }

  @Override
  public void sync(Path tree) {
    // A dry run leaves nothing that must survive a power cut.
  }

  // ---- paths and failures

  private static Path resolve(Path tree, String path) {
    byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
    return path.isEmpty() ? tree : tree.resolve(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String raw(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static void walk(Path tree, SimpleFileVisitor<Path> visitor) throws IOException {
    Files.walkFileTree(tree, visitor);
  }

  private interface Work {
    void go() throws IOException;
  }

  private static void attempt(String what, Path path, Work work) {
    try {
      work.go();
    } catch (IOException e) {
      throw failed(what, path, e);
    }
  }

  private static SandboxException failed(String what, Path path, IOException e) {
    return new SandboxException(
        SandboxErrorCode.TREE_FAILED, "cannot %s '%s': %s".formatted(what, path, e), e);
  }
}
