package dev.stepbox.layercache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A fresh tree for each test of the contract, and short words for what tests do with it. */
abstract class IdMappedTreeSetting {
  private @Nullable Path base;

  /** The implementation under test. */
  protected abstract IdMappedTree port();

  /** An existing directory of the store; what a test makes in it is removed after it. */
  protected abstract Path storeDirectory();

  @BeforeEach
  void makeBase() throws IOException {
    base = Files.createTempDirectory(storeDirectory(), "contract");
  }

  @AfterEach
  void removeBase() throws InterruptedException {
    port().remove(base());
    assertThat(base()).doesNotExist();
  }

  Path base() {
    if (base == null) {
      throw new IllegalStateException("no test is running");
    }
    return base;
  }

  Path newTree() throws IOException {
    return Files.createDirectory(base().resolve("tree"));
  }

  static Path write(Path directory, String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  TreeEntry entry(Path tree, String path) throws InterruptedException {
    return port().entry(tree, TreePath.of(path)).orElseThrow();
  }

  Map<String, TreeEntry> list(Path tree) throws InterruptedException {
    Map<String, TreeEntry> entries = new TreeMap<>();
    port().list(tree, entry -> entries.put(entry.path().raw(), entry));
    return entries;
  }

  void apply(Path tree, TreeChange... changes) throws InterruptedException {
    assertThat(port().apply(tree, List.of(changes))).isEmpty();
  }

  boolean hasManyIds() {
    return port().ids() > 1;
  }

  String read(Path tree, String path) throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    port().read(tree, TreePath.of(path), out);
    return out.toString(UTF_8);
  }
}
