package dev.stepbox.layercache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.layercache.archive.LimitsBuilder;
import dev.stepbox.layercache.ownid.OwnIdTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stages left behind comes out as steps saw it. */
class ExportTest {
  private static final OwnIdTree PORT = new OwnIdTree();

  @TempDir private Path directory;
  private Path target;
  private LayerCache cache;
  private Lease lease;
  private final List<LayerId> stack = new ArrayList<>();

  /** Writes into a layer as overlay mounts do. */
  private interface Writer {
    void write(Path tree) throws Exception;
  }

  @BeforeEach
  void open() throws Exception {
    cache = new TestStore(directory.resolve("store")).open();
    lease = TestStore.lease(cache);
    target = directory.resolve("target");
    layer(tree -> {
      Files.createDirectories(tree.resolve("d/deep"));
      Files.writeString(tree.resolve("d/f"), "lower");
      Files.writeString(tree.resolve("d/deep/g"), "lower");
      Files.writeString(tree.resolve("d-e"), "lower");
    });
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private void layer(Writer writer) throws Exception {
    try (SourceLayer layer = cache.newSourceLayer(lease)) {
      writer.write(layer.directory());
      stack.add(layer.seal());
    }
  }

  private int export(String path) throws InterruptedException {
    return cache.export(stack, TreePath.of(path), target).orElse(-1);
  }

  private List<String> files() throws IOException {
    try (var all = Files.walk(target)) {
      return all.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
          .map(file -> target.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void theUpperLayersAreLaidOverTheLowerOnes() throws Exception {
    layer(tree -> {
      Files.createDirectories(tree.resolve("d/deep"));
      Files.writeString(tree.resolve("d/f"), "upper");
      Files.writeString(tree.resolve("new"), "upper");
      assertThat(PORT.apply(tree, List.of(new TreeChange.Whiteout(TreePath.of("d/deep/g")))))
          .isEmpty();
    });
    assertThat(export("")).isEqualTo(3);
    assertThat(files()).containsExactly("d-e", "d/f", "new");
    assertThat(target.resolve("d/f")).hasContent("upper");
    assertThat(target.resolve("d/deep")).isEmptyDirectory();
  }

  @Test
  void whatAnOpaqueDirectoryHidesDoesNotComeOut() throws Exception {
    layer(tree -> {
      Files.createDirectories(tree.resolve("d/deep"));
      Files.writeString(tree.resolve("d/deep/h"), "upper");
      assertThat(PORT.apply(tree, List.of(new TreeChange.Opaque(TreePath.of("d"))))).isEmpty();
    });
    assertThat(export("d/deep")).isEqualTo(1);
    assertThat(files()).containsExactly("h");
    assertThat(export("d/f")).isEqualTo(-1);
  }

  @Test
  void aFileInThePlaceOfADirectoryHidesWhatWasInIt() throws Exception {
    layer(tree -> Files.writeString(tree.resolve("d"), "a file now"));
    assertThat(export("")).isEqualTo(2);
    assertThat(files()).containsExactly("d", "d-e");
    assertThat(export("d/deep")).isEqualTo(-1);
  }

  @Test
  void aPlaceThatCannotBeWrittenIsToldAsTheCallersOwn() throws Exception {
    Files.writeString(directory.resolve("file"), "");
    target = directory.resolve("file/copy");
    for (String path : List.of("", "d", "d/f")) {
      assertThatThrownBy(() -> export(path))
          .isInstanceOfSatisfying(
              LayerCacheException.class,
              e -> assertThat(e.code()).isEqualTo(LayerCacheException.Code.DESTINATION_UNUSABLE))
          .hasMessageContaining("cannot write '%s'".formatted(target))
          .hasCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void oneFileIsCopiedUnderTheNameThatIsGiven() throws Exception {
    layer(tree -> {
      Files.writeString(tree.resolve("tool"), "#!/bin/sh");
      Files.setAttribute(tree.resolve("tool"), "unix:mode", 04555);
    });
    assertThat(export("tool")).isEqualTo(1);
    assertThat(target).hasContent("#!/bin/sh");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .as("no setuid bit, and its owner may replace it")
        .isEqualTo("rwxr-xr-x");
    assertThat(((int) Files.getAttribute(target, "unix:mode")) & 07000).isZero();
  }

  @Test
  void aLinkOfTheNameOfTheCopyIsReplaced() throws Exception {
    Path victim = Files.createDirectory(directory.resolve("victim"));
    Files.createSymbolicLink(target, victim);
    assertThat(export("d")).isEqualTo(2);
    assertThat(victim).isEmptyDirectory();
    assertThat(files()).containsExactly("deep/g", "f");
  }

  @Test
  void nothingIsWrittenThroughALinkThatAnEarlierCopyLeft() throws Exception {
    Path victim = Files.createDirectory(directory.resolve("victim"));
    layer(tree -> Files.createSymbolicLink(tree.resolve("out"), victim));
    assertThat(export("")).isEqualTo(4);
    assertThat(Files.readSymbolicLink(target.resolve("out"))).isEqualTo(victim);
    layer(tree -> {
      Files.createDirectory(tree.resolve("out"));
      Files.writeString(tree.resolve("out/key"), "mine");
    });
    assertThat(export("")).isEqualTo(4);
    assertThat(victim).isEmptyDirectory();
    assertThat(target.resolve("out/key")).hasContent("mine");
  }

  @Test
  void timesAndPermissionsComeAlongThoseOfLinksAndDirectoriesToo() throws Exception {
    Instant then = Instant.parse("2001-02-03T04:05:06Z");
    layer(tree -> {
      Path made = Files.createDirectory(tree.resolve("made"));
      Files.createSymbolicLink(made.resolve("link"), Path.of("nowhere"));
      Files.getFileAttributeView(
              made.resolve("link"), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(FileTime.from(then), null, null);
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("r-xr-x---"));
      Files.setLastModifiedTime(made, FileTime.from(then.plusSeconds(1)));
    });
    assertThat(export("")).isEqualTo(4);
    Path made = target.resolve("made");
    assertThat(
            Files.getLastModifiedTime(made.resolve("link"), LinkOption.NOFOLLOW_LINKS).toInstant())
        .isEqualTo(then);
    assertThat(Files.getLastModifiedTime(made).toInstant()).isEqualTo(then.plusSeconds(1));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .as("its owner may change the copy")
        .isEqualTo("rwxr-x---");
  }

  @Test
  void aDirectoryThatIsThereKeepsItsPermissions() throws Exception {
    Path there = Files.createDirectories(target.resolve("d"));
    Files.setPosixFilePermissions(there, PosixFilePermissions.fromString("rwx------"));
    assertThat(export("")).isEqualTo(3);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there)))
        .isEqualTo("rwx------");
  }

  @Test
  void aPipeComesOutAsAPipe() throws Exception {
    Instant then = Instant.parse("2001-02-03T04:05:06Z");
    layer(tree -> TestStore.PIPES.make(tree.resolve("pipe"), 0640, then));
    assertThat(export("")).isEqualTo(4);
    Path pipe = target.resolve("pipe");
    assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).isOther()).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(pipe)))
        .isEqualTo("rw-r-----");
    assertThat(Files.getLastModifiedTime(pipe).toInstant()).isEqualTo(then);
  }

  @Test
  void whatIsNotThereIsToldAndSoIsALayerThatIsGone() throws Exception {
    assertThat(export("d/none")).isEqualTo(-1);
    assertThat(export("d/f/below")).isEqualTo(-1);
    lease.release();
    cache.space().prune(Space.Policy.everything());
    assertThatThrownBy(() -> export(""))
        .isInstanceOfSatisfying(
            LayerCacheException.class,
            e -> assertThat(e.code()).isEqualTo(LayerCacheException.Code.LAYER_UNKNOWN));
  }

  @Test
  void aListOfFilesAtTheLimitIsCopiedAndALongerOneRefused() throws Exception {
    // d/f, d/deep and d/deep/g, as a listing of d has them
    long listed = 3L * 256 + "f".length() + "deep".length() + "deep/g".length();
    cache.close();
    TestStore store = new TestStore(directory.resolve("store"));
    cache = store.limits(LimitsBuilder.defaults().listingBytesMax(listed).build()).open();
    assertThat(export("d")).isEqualTo(2);
    cache.close();
    cache = store.limits(LimitsBuilder.defaults().listingBytesMax(listed - 1).build()).open();
    assertThatThrownBy(() -> export("d")).hasMessageContaining("limit listingBytesMax");
  }
}
