package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.pipeline.model.CheckoutSource;
import dev.stepbox.pipeline.model.CheckoutSource.Submodules;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commits and other repositories, made and checked by the real git. */
class GitSourceTreesIT {

  private final GitSourceTrees trees =
      new GitSourceTrees(() -> Instant.parse("2026-11-23T10:00:00Z"));

  @TempDir private Path directory;
  private Path origin;
  private Git git;
  private String first;

  @BeforeEach
  void makeRepository() throws Exception {
    origin = Files.createDirectory(directory.resolve("origin"));
    git = Git.init(origin);
    write("run.sh", "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        origin.resolve("run.sh"),
        java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    write("sub/deep/file", "one\n");
    write("win.bat", "echo\n");
    write(".gitattributes", "*.bat text eol=crlf\n*.big filter=lfs\n");
    write("x.big", "version https://example.org/spec\noid sha256:1\n");
    Files.createSymbolicLink(origin.resolve("link"), Path.of("sub/deep"));
    first = git.commit("first");
    write("sub/deep/file", "two\n");
    git.run("tag", "v1");
    git.commit("second");
    git.run("branch", "feature/x");
  }

  private void write(String path, String content) throws IOException {
    Path file = origin.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private SourceRequest.Commit commit(String revision) {
    return new SourceRequest.Commit(origin, revision);
  }

  private Path take(SourceOrder order) throws Exception {
    Path into = Files.createTempDirectory(directory, "taken");
    trees.take(order, into);
    return into;
  }

  private SourceOrder.Other other(String url, @Nullable String revision, @Nullable Integer depth) {
    return new SourceOrder.Other(
        new CheckoutSource.Repository(url, revision, depth, Submodules.SKIP),
        directory,
        Reach.of(directory, List.of()));
  }

  private static Set<String> files(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
          .map(path -> top.relativize(path).toString())
          .filter(name -> !name.startsWith(".git/"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void aCommitIsWrittenAsGitWould() throws Exception {
    Path taken = take(new SourceOrder.Own(commit("HEAD")));
    assertThat(files(taken))
        .containsExactlyInAnyOrder(
            ".gitattributes", "link", "run.sh", "sub/deep/file", "win.bat", "x.big");
    assertThat(taken.resolve(".git")).doesNotExist();
    assertThat(Files.readString(taken.resolve("sub/deep/file"))).isEqualTo("two\n");
    assertThat(Files.readString(taken.resolve("win.bat"))).isEqualTo("echo\r\n");
    assertThat(Files.readString(taken.resolve("x.big"))).startsWith("version https://");
    assertThat(Files.readSymbolicLink(taken.resolve("link"))).isEqualTo(Path.of("sub/deep"));
    assertThat(Files.getPosixFilePermissions(taken.resolve("run.sh")))
        .contains(PosixFilePermission.OWNER_EXECUTE);
    assertThat(Files.getPosixFilePermissions(taken.resolve("win.bat")))
        .doesNotContain(PosixFilePermission.OWNER_EXECUTE);
  }

  @Test
  void aRevisionIsFoundByAnyNameThatGitKnows() throws Exception {
    String head = git.run("rev-parse", "HEAD").strip();
    assertThat(trees.look(commit("HEAD"))).isEqualTo(new SourceTrees.Origin(head, "main"));
    assertThat(trees.look(commit("feature/x")))
        .isEqualTo(new SourceTrees.Origin(head, "feature/x"));
    assertThat(trees.look(commit("v1"))).isEqualTo(new SourceTrees.Origin(first, null));
    assertThat(trees.look(commit(first.substring(0, 9))))
        .isEqualTo(new SourceTrees.Origin(first, null));
    assertThat(trees.look(commit("HEAD~1"))).isEqualTo(new SourceTrees.Origin(first, null));
    assertThat(trees.look(new SourceRequest.WorkingTree(origin)))
        .isEqualTo(new SourceTrees.Origin(null, "main"));
  }

  @Test
  void ofACommitThePartBelowTheDirectoryIsTaken() throws Exception {
    Path part = origin.resolve("sub");
    assertThat(files(take(new SourceOrder.Own(new SourceRequest.Commit(part, first)))))
        .containsExactly("deep/file");
    git.run("rm", "-r", "--quiet", "sub");
    write("sub/new", "x");
    String second = git.commit("third");
    Path gone = Files.createDirectories(origin.resolve("sub/deep"));
    assertThatThrownBy(() -> take(new SourceOrder.Own(new SourceRequest.Commit(gone, second))))
        .hasMessageContaining("it has no directory 'sub/deep'");
  }

  @Test
  void aMissingCommitIsToldBeforeAnythingIsDone() {
    assertThatThrownBy(() -> trees.look(commit("nonsense")))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNAVAILABLE))
        .hasMessage(
            "cannot take commit 'nonsense' of '%s': the repository has no such commit. 'git log'"
                    .formatted(origin)
                + " lists them; perhaps fetch first.");
    assertThatThrownBy(() -> trees.look(commit("HEAD^{nonsense"))).hasMessageContaining("cannot");
    assertThatThrownBy(
            () -> trees.look(new SourceRequest.Commit(directory.resolve("nowhere"), "HEAD")))
        .hasMessageContaining("there is no such directory");
    assertThatThrownBy(() -> trees.look(new SourceRequest.Commit(directory, "HEAD")))
        .hasMessageContaining("is in no git repository");
  }

  @Test
  void readingARepositoryLeavesItAsItWas() throws Exception {
    Set<String> before = everything(origin);
    take(new SourceOrder.Own(commit("HEAD")));
    trees.look(commit("v1"));
    assertThat(everything(origin)).isEqualTo(before);
  }

  private static Set<String> everything(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      Set<String> found = new TreeSet<>();
      for (Path path : all.toList()) {
        found.add(path + " " + Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS));
      }
      return found;
    }
  }

  @Test
  void submodulesThatAreHereAreTakenWithTheCommit() throws Exception {
    Path library = Files.createDirectory(directory.resolve("library"));
    Git.init(library);
    Files.writeString(library.resolve("lib.c"), "x");
    new Git(library).commit("lib");
    git.run("submodule", "add", "--quiet", library.toString(), "third/lib");
    git.commit("with a submodule");
    assertThat(files(take(new SourceOrder.Own(commit("HEAD")))))
        .contains("third/lib/lib.c", ".gitmodules");
  }

  @Test
  void aRepositoryIsClonedWithItsHistory() throws Exception {
    Path taken = take(other("origin", null, null));
    Git clone = new Git(taken);
    assertThat(clone.run("status", "--porcelain")).isEmpty();
    assertThat(clone.run("rev-list", "--count", "HEAD").strip()).isEqualTo("2");
    assertThat(clone.run("fsck", "--strict")).doesNotContain("error");
    assertThat(Files.readString(taken.resolve("sub/deep/file"))).isEqualTo("two\n");
    SourceTrees.Taken sized =
        trees.take(
            other("file://" + origin, "feature/x", null),
            Files.createDirectory(directory.resolve("sized")));
    assertThat(sized.files()).isEqualTo(6);
    assertThat(sized.bytes()).isEqualTo(110);
    assertThat(sized.origin().branch()).isEqualTo("feature/x");
  }

  @Test
  void aRepositoryIsClonedAtATagABranchOrAnId() throws Exception {
    for (String revision : new String[] {"v1", first, first.substring(0, 10)}) {
      Path taken = take(other("file://" + origin, revision, null));
      assertThat(new Git(taken).run("rev-parse", "HEAD").strip()).isEqualTo(first);
      assertThat(Files.readString(taken.resolve("sub/deep/file"))).isEqualTo("one\n");
    }
  }

  @Test
  void aShallowCloneHasAsManyCommitsAsWanted() throws Exception {
    Path taken = take(other("file://" + origin, "main", 1));
    assertThat(new Git(taken).run("rev-list", "--count", "HEAD").strip()).isEqualTo("1");
    assertThat(Files.readString(taken.resolve("sub/deep/file"))).isEqualTo("two\n");
  }

  @Test
  void submodulesAreClonedWhenWanted() throws Exception {
    Path library = Files.createDirectory(directory.resolve("library"));
    Git.init(library);
    Files.writeString(library.resolve("lib.c"), "x");
    new Git(library).commit("lib");
    git.run("submodule", "add", "--quiet", "../library", "third/lib");
    git.commit("with a submodule");
    Path without = take(other("origin", null, null));
    assertThat(without.resolve("third/lib/lib.c")).doesNotExist();
    Path with =
        take(
            new SourceOrder.Other(
                new CheckoutSource.Repository("origin", null, null, Submodules.RECURSIVE),
                directory,
                Reach.of(directory, List.of())));
    assertThat(with.resolve("third/lib/lib.c")).hasContent("x");
  }

  /** A chain: each repository is a submodule of the one before it. */
  @Test
  void submodulesAreTakenTenDeepAndNoDeeper() throws Exception {
    int last = TreeWriter.SUBMODULES_DEEP_MAX + 1;
    for (int i = last; i >= 0; i--) {
      Path each = Files.createDirectory(directory.resolve("m" + i));
      Git repository = Git.init(each);
      Files.writeString(each.resolve("file"), "x");
      if (i < last) {
        repository.run("submodule", "add", "--quiet", "../m" + (i + 1), "m");
      }
      repository.commit("m" + i);
    }
    var order =
        new SourceOrder.Other(
            new CheckoutSource.Repository("m0", null, null, Submodules.RECURSIVE),
            directory,
            Reach.of(directory, List.of()));
    Path remote = take(order);
    Path clone = directory.resolve("clone");
    new Git(directory).run("clone", "--quiet", "--recurse-submodules", "m0", "clone");
    Path local = take(new SourceOrder.Own(new SourceRequest.Commit(clone, "HEAD")));
    for (Path taken : List.of(remote, local)) {
      assertThat(taken.resolve("m/".repeat(last - 1) + "file")).exists();
      assertThat(taken.resolve("m/".repeat(last))).isEmptyDirectory();
    }
  }

  @Test
  void theTextOfALinkHas4095BytesAtMost() throws Exception {
    linkOf("x".repeat(TreeWriter.LINK_BYTES_MAX));
    git.run("commit", "--quiet", "--message", "long");
    Path taken = take(new SourceOrder.Own(commit("HEAD")));
    assertThat(Files.readSymbolicLink(taken.resolve("long")).toString()).hasSize(4095);
    linkOf("x".repeat(TreeWriter.LINK_BYTES_MAX + 1));
    git.run("commit", "--quiet", "--message", "longer");
    assertThatThrownBy(() -> take(new SourceOrder.Own(commit("HEAD"))))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNSUPPORTED))
        .hasMessageContaining("the link 'long' has a text of 4096 bytes, the limit is 4095");
  }

  private void linkOf(String text) throws Exception {
    Path file = Files.writeString(directory.resolve("text"), text);
    String id = git.run("hash-object", "-w", file.toString()).strip();
    git.run("update-index", "--add", "--cacheinfo", "120000," + id + ",long");
  }

  @Test
  void aSubmoduleDoesNotReachWhatThePipelineMayNot() throws Exception {
    Path mine = Files.createDirectory(directory.resolve("mine"));
    Git.init(mine);
    Files.writeString(mine.resolve("key"), "x");
    new Git(mine).commit("private");
    git.run("submodule", "add", "--quiet", mine.toString(), "third/lib");
    git.commit("with a submodule");
    var order =
        new SourceOrder.Other(
            new CheckoutSource.Repository(".", null, null, Submodules.RECURSIVE),
            origin,
            Reach.of(origin, List.of()));
    assertThatThrownBy(() -> take(order))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_ALLOWED))
        .hasMessageContaining(mine.toString())
        .hasMessageContaining("--allow-path");
  }

  @Test
  void aHeadThatIsOnNoBranchIsTaken() throws Exception {
    git.run("checkout", "--quiet", "--detach");
    write("sub/deep/file", "three\n");
    git.commit("on no branch");
    for (Integer depth : new Integer[] {null, 1}) {
      Path taken = take(other("origin", null, depth));
      assertThat(Files.readString(taken.resolve("sub/deep/file"))).isEqualTo("three\n");
    }
  }

  @Test
  void whatCannotBeFetchedIsToldWithWhatToDo() {
    assertThatThrownBy(() -> take(other("origin", "nonsense", null)))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNAVAILABLE))
        .hasMessageContaining("no such branch, tag or commit");
    assertThatThrownBy(() -> take(other("nowhere", null, null)))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNAVAILABLE));
    Map<String, String> kinds =
        Map.of("git@example.org:x/y.git", "ssh", "ssh://example.org/x", "ssh", "git://a/x", "git");
    kinds.forEach((url, kind) ->
        assertThatThrownBy(() -> take(other(url, null, null)))
            .isInstanceOfSatisfying(
                EngineException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNSUPPORTED))
            .hasMessageContaining("'%s' are not supported yet. Use https".formatted(kind)));
  }

  @Test
  void thePasswordOfAnAddressIsNotInTheWorkspace() throws Exception {
    Path bare = directory.resolve("bare.git");
    git.run("clone", "--quiet", "--bare", origin.toString(), bare.toString());
    new Git(bare).run("update-server-info");
    var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(loopback, 0);
    server.createContext("/", exchange -> serve(exchange, bare));
    server.start();
    try {
      String place = "localhost:%d/repo.git".formatted(server.getAddress().getPort());
      Path taken = take(other("http://robot:s3cr3t-t0ken@" + place, "main", null));
      assertThat(taken.resolve("run.sh")).exists();
      try (Stream<Path> all = Files.walk(taken)) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          assertThat(Files.readString(file, ISO_8859_1))
              .as(file.toString())
              .doesNotContain("s3cr3t", "robot");
        }
      }
      assertThatThrownBy(() -> take(other("http://robot:wrong-t0ken@" + place, "main", null)))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNAVAILABLE))
          .hasMessageNotContaining("wrong-t0ken")
          .hasMessageContaining("http://" + place)
          .hasMessageContaining(": the server wants a name and a password, or other ones. ");
      assertThatThrownBy(() -> take(other("http://" + place, "main", null)))
          .hasMessageContaining(": the server wants a name and a password, or other ones. ");
      String none = place.replace("repo", "none");
      assertThatThrownBy(() -> take(other("http://robot:s3cr3t-t0ken@" + none, "main", null)))
          .hasMessageContaining("not found");
    } finally {
      server.stop(0);
    }
    String gone = "http://localhost:%d/repo.git".formatted(server.getAddress().getPort());
    assertThatThrownBy(() -> take(other(gone, "main", null)))
        .hasMessageContaining(": localhost does not answer there: Connection refused. ");
  }

  private static void serve(HttpExchange exchange, Path bare) throws IOException {
    try (exchange) {
      String expected =
          "Basic " + Base64.getEncoder().encodeToString("robot:s3cr3t-t0ken".getBytes(ISO_8859_1));
      Path file =
          bare.resolve(exchange.getRequestURI().getPath().substring(1).replace("repo.git/", ""));
      if (!expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"test\"");
        exchange.sendResponseHeaders(401, -1);
      } else if (Files.isRegularFile(file)) {
        byte[] content = Files.readAllBytes(file);
        exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }
}
