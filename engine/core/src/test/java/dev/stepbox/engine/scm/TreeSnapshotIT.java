package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.layercache.RawPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real git: what it lists as tracked or untracked is what is copied. */
class TreeSnapshotIT {

  @TempDir private Path directory;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectory(directory.resolve("tree"));
  }

  private void write(String path, String content) throws IOException {
    Path file = RawPaths.of(tree + "/" + path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content, ISO_8859_1);
  }

  private Path snapshot(Path from) throws IOException, InterruptedException {
    Path into = Files.createTempDirectory(directory, "copy");
    TreeSnapshot.copy(from, into);
    return into;
  }

  private static Set<String> files(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
          .map(path -> RawPaths.raw(top.relativize(path)))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static Set<String> listed(Git git) throws IOException, InterruptedException {
    String output = git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard", ".");
    return Arrays.stream(output.split("\0"))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void whatGitListsIsCopied() throws Exception {
    Git git = Git.init(tree);
    write(".gitignore", "*.o\n/build/\n!keep.o\nlogs/**\n!logs/important\ndoc/**/*.html\n\\#x\n");
    write(".git/info/exclude", "secret\n");
    for (String path :
        List.of(
            "a.c",
            "a.o",
            "keep.o",
            "sub/b.o",
            "sub/keep.o",
            "build/x",
            "sub/build/y",
            "logs/a",
            "logs/important",
            "doc/a.html",
            "doc/x/y/b.html",
            "doc/c.txt",
            "#x",
            "secret",
            "sub/secret",
            "sub/.gitignore",
            "deep/.gitignore",
            "deep/a.o",
            "deep/k",
            "deep/d/k")) {
      write(path, path.endsWith(".gitignore") ? "!a.o\nk\n" : path);
    }
    assertThat(files(snapshot(tree))).isEqualTo(listed(git));
  }

  @Test
  void trackedFilesAreCopiedThoughARuleIgnoresThem() throws Exception {
    Git git = Git.init(tree);
    write("build/kept", "x");
    write("build/deep/er/kept", "x");
    write("a.o", "x");
    git.commit("first");
    write(".gitignore", "*.o\nbuild\n");
    write("build/junk", "x");
    write("build/deep/junk", "x");
    write("b.o", "x");
    for (String version : List.of("2", "3", "4")) {
      git.run("update-index", "--index-version=" + version);
      assertThat(files(snapshot(tree)))
          .isEqualTo(listed(git))
          .containsExactlyInAnyOrder(".gitignore", "a.o", "build/deep/er/kept", "build/kept");
    }
    git.run("update-index", "--split-index");
    assertThat(files(snapshot(tree))).isEqualTo(listed(git));
  }

  @Test
  void theRulesOfTheDirectoriesAboveHold() throws Exception {
    Git git = Git.init(tree);
    write(".gitignore", "*.o\n/sub/only\n");
    write("sub/.gitignore", "*.tmp\n");
    for (String path :
        List.of("sub/a.o", "sub/only", "sub/b.tmp", "sub/c", "sub/x/only", "other")) {
      write(path, "x");
    }
    Path sub = tree.resolve("sub");
    assertThat(files(snapshot(sub)))
        .isEqualTo(listed(new Git(sub)))
        .containsExactlyInAnyOrder(".gitignore", "c", "x/only");
    assertThat(git.run("status", "--porcelain", "--ignored")).isNotEmpty();
  }

  @Test
  void aDirectoryThatTheRepositoryIgnoresIsCopiedWhole() throws Exception {
    Git.init(tree);
    write(".gitignore", "*\n");
    write("project/src/a.c", "x");
    write("project/b", "x");
    assertThat(files(snapshot(tree.resolve("project")))).containsExactlyInAnyOrder("b", "src/a.c");
  }

  @Test
  void withoutGitEverythingIsCopied() throws Exception {
    write(".gitignore", "*\n");
    write("a", "x");
    write(".git/looks-like-one", "x");
    assertThat(files(snapshot(tree))).containsExactlyInAnyOrder(".gitignore", "a");
  }

  @Test
  void aRepositoryWithinHasItsOwnRules() throws Exception {
    Git.init(tree);
    write(".gitignore", "*.o\n");
    Path inner = Files.createDirectory(tree.resolve("inner"));
    Git.init(inner);
    write("inner/.gitignore", "*.tmp\n");
    write("inner/a.o", "x");
    write("inner/b.tmp", "x");
    write("inner/c", "x");
    assertThat(files(snapshot(tree)))
        .containsExactlyInAnyOrder(".gitignore", "inner/.gitignore", "inner/a.o", "inner/c");
  }

  @Test
  void aWorkTreeBesideTheRepositoryKnowsItsIndexAndItsExcludes() throws Exception {
    Git git = Git.init(tree);
    write("build/kept", "x");
    git.commit("first");
    write(".git/info/exclude", "build\n");
    Path other = directory.resolve("other");
    git.run("worktree", "add", "--quiet", other.toString());
    Files.writeString(other.resolve("build/junk"), "x");
    assertThat(files(snapshot(other))).containsExactly("build/kept");
    assertThat(GitDirectory.enclosing(other.resolve("build")).orElseThrow().branch())
        .isEqualTo("other");
  }

  @Test
  void randomRulesMeanWhatTheyMeanToGit() throws Exception {
    Git git = Git.init(tree);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(42);
    List<String> names =
        List.of("a", "b", "ab", "a b", "a.o", "[a]", "A1", "\u00e9", "-", "!a", "#a");
    for (int i = 0; i < 120; i++) {
      StringBuilder path = new StringBuilder();
      for (int depth = random.nextInt(4); depth >= 0; depth--) {
        path.append(path.isEmpty() ? "" : "/").append(names.get(random.nextInt(names.size())));
      }
      Path file = RawPaths.of(tree + "/" + path);
      if (hasFileAbove(file) || Files.exists(file)) {
        continue;
      }
      write(path.toString(), "x");
    }
    List<String> parts =
        List.of(
            "a",
            "b",
            "*",
            "**",
            "/",
            "/",
            "?",
            "[ab]",
            "[!a]",
            "[a-c]",
            "[[:upper:]]",
            "[]a]",
            "\\",
            ".o",
            " ",
            "!",
            "#",
            "\u00e9",
            "*a",
            "a*b",
            "**/",
            "/**",
            "-",
            "[a",
            "\\#",
            "\\!");
    for (int round = Integer.getInteger("ignore.rounds", 150); round > 0; round--) {
      StringBuilder rules = new StringBuilder();
      for (int line = random.nextInt(6); line >= 0; line--) {
        rules.append(random.nextInt(3) == 0 ? "!" : "");
        for (int part = random.nextInt(4); part >= 0; part--) {
          rules.append(parts.get(random.nextInt(parts.size())));
        }
        rules.append(random.nextInt(9) == 0 ? "\r\n" : "\n");
      }
      write(".gitignore", rules.toString());
      assertThat(files(snapshot(tree))).as(rules.toString()).isEqualTo(listed(git));
    }
  }

  private boolean hasFileAbove(Path file) {
    Path at = tree;
    for (Path part : tree.relativize(file)) {
      at = at.resolve(part);
      if (Files.isRegularFile(at)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void linksPermissionsAndTimesAreKept() throws Exception {
    write("run.sh", "#!/bin/sh\n");
    write("private", "x");
    write("dir/file", "x");
    Files.setPosixFilePermissions(
        tree.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        tree.resolve("private"), PosixFilePermissions.fromString("rw-------"));
    Files.createSymbolicLink(tree.resolve("out"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(tree.resolve("loop"), Path.of("."));
    Files.createSymbolicLink(tree.resolve("dangling"), Path.of("nowhere"));
    FileTime then = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(tree.resolve("run.sh"), then);
    Files.setLastModifiedTime(tree.resolve("dir"), then);
    Path copy = snapshot(tree);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("run.sh"))))
        .isEqualTo("rwxr-xr-x");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("private"))))
        .isEqualTo("rw-------");
    assertThat(Files.readSymbolicLink(copy.resolve("out"))).isEqualTo(Path.of("/etc/passwd"));
    assertThat(Files.readSymbolicLink(copy.resolve("loop"))).isEqualTo(Path.of("."));
    assertThat(Files.isSymbolicLink(copy.resolve("dangling"))).isTrue();
    assertThat(Files.getLastModifiedTime(copy.resolve("run.sh"))).isEqualTo(then);
    assertThat(Files.getLastModifiedTime(copy.resolve("dir"))).isEqualTo(then);
  }

  @Test
  void pipesAreLeftOut() throws Exception {
    write("a", "x");
    assertThat(new ProcessBuilder("mkfifo", tree.resolve("pipe").toString()).start().waitFor())
        .isZero();
    assertThat(files(snapshot(tree))).containsExactly("a");
  }

  @Test
  void aTreeHasALimitedNumberOfFiles() throws Exception {
    write("a", "x");
    write("b", "xy");
    Path into = Files.createDirectory(directory.resolve("limited"));
    TreeSnapshot.Size size = TreeSnapshot.copy(tree, into, 2);
    assertThat(size).isEqualTo(new TreeSnapshot.Size(2, 3));
    write("c", "x");
    Path second = Files.createDirectory(directory.resolve("second"));
    assertThatThrownBy(() -> TreeSnapshot.copy(tree, second, 2))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
        .hasMessageContaining("it has more than 2 files");
  }

  @Test
  void aDamagedIndexIsTold() throws Exception {
    Git git = Git.init(tree);
    write("a.o", "x");
    git.commit("first");
    write(".gitignore", "*.o\n");
    Path index = tree.resolve(".git/index");
    byte[] whole = Files.readAllBytes(index);
    for (int length : List.of(0, 3, 11, 13, 60, 70)) {
      Files.write(index, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> snapshot(tree))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNSUPPORTED));
    }
  }
}
