package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.stepbox.engine.EngineException;
import dev.stepbox.layercache.RawPaths;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.eclipse.jgit.dircache.DirCacheCheckout;
import org.eclipse.jgit.dircache.DirCacheCheckout.CheckoutMetadata;
import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.lib.BlobBasedConfig;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.treewalk.TreeWalk.OperationType;
import org.eclipse.jgit.treewalk.WorkingTreeOptions;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files of a commit. The tree is not trusted: every directory is made anew and every
 * file is new, so that nothing is ever written through a link. Line ends follow the repository's
 * attributes; filters do not run, so that large files kept elsewhere stay the pointers they are. Of
 * submodules, those are written that the repository has on this machine; the others stay empty.
 */
final class TreeWriter {

  static final int SUBMODULES_DEEP_MAX = 10;

  /** The longest text of a symbolic link that Linux takes. */
  static final int LINK_BYTES_MAX = 4095;

  private static final Set<PosixFilePermission> PLAIN =
      PosixFilePermissions.fromString("rw-r--r--");
  private static final Set<PosixFilePermission> EXECUTABLE =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private final Repository repository;
  private final Path modules;
  private final Written written;

  /** How many submodules this one lies in. */
  private final int depth;

  /** How many directories the one lies in that is written to. */
  private final int directoriesAbove;

  /**
   * A writer.
   *
   * @param modules where the repository keeps those of its submodules
   * @param written what counts, for this tree and its submodules together
   */
  TreeWriter(Repository repository, Path modules, Written written) {
    this(repository, modules, written, 0, 0);
  }

  private TreeWriter(
      Repository repository, Path modules, Written written, int depth, int directoriesAbove) {
    this.repository = repository;
    this.modules = modules;
    this.written = written;
    this.depth = depth;
    this.directoriesAbove = directoriesAbove;
  }

  /**
   * Write a tree.
   *
   * @param commit that it belongs to, for its submodules
   * @param tree the commit's, or one within
   * @param into an empty directory
   */
  void write(RevCommit commit, ObjectId tree, Path into) throws IOException, InterruptedException {
    List<Path> directories = new ArrayList<>(List.of(into));
    try (TreeWalk walk = new TreeWalk(repository)) {
      walk.addTree(tree);
      walk.setAttributesNodeProvider(repository.createAttributesNodeProvider());
      while (walk.next()) {
        if (Thread.interrupted()) {
          throw new InterruptedException("the copy of commit '%s' was stopped".formatted(commit));
        }
        while (directories.size() > walk.getDepth() + 1) {
          directories.removeLast();
        }
        Path target = target(walk, directories.getLast());
        entry(walk, commit, target);
        if (walk.isSubtree()) {
          directories.add(target);
          walk.enterSubtree();
        }
      }
    } catch (FileAlreadyExistsException e) {
      throw refused("it has '%s' twice".formatted(e.getFile()));
    }
  }

  private Path target(TreeWalk walk, Path parent) {
    String path = new String(walk.getRawPath(), ISO_8859_1);
    String name = path.substring(path.lastIndexOf('/') + 1);
    boolean isWhole = walk.getDepth() == path.chars().filter(c -> c == '/').count();
    if (!isWhole || !CommitTree.isSafe(name)) {
      throw refused("it has a file called '%s'".formatted(walk.getPathString()));
    }
    return parent.resolve(RawPaths.of(name));
  }

  private static EngineException refused(String why) {
    return Failures.unsupported(
        "take a commit", why, "No honest commit is so; 'git fsck --strict' tells more.");
  }

  private void entry(TreeWalk walk, RevCommit commit, Path target)
      throws IOException, InterruptedException {
    int mode = walk.getRawMode(0);
    if (FileMode.TREE.equals(mode)) {
      directory(walk, target);
    } else if (FileMode.GITLINK.equals(mode)) {
      directory(walk, target);
      submodule(walk, commit, target);
    } else if (FileMode.SYMLINK.equals(mode)) {
      byte[] link = link(walk);
      written.file(link.length);
      Files.createSymbolicLink(target, RawPaths.of(new String(link, ISO_8859_1)));
    } else if (FileMode.REGULAR_FILE.equals(mode) || FileMode.EXECUTABLE_FILE.equals(mode)) {
      file(walk, target);
      Files.setPosixFilePermissions(
          target, FileMode.EXECUTABLE_FILE.equals(mode) ? EXECUTABLE : PLAIN);
    } else {
      throw refused("'%s' is of a kind that git does not have".formatted(walk.getPathString()));
    }
  }

  private static byte[] link(TreeWalk walk) throws IOException {
    ObjectLoader text = walk.getObjectReader().open(walk.getObjectId(0), Constants.OBJ_BLOB);
    if (text.getSize() > LINK_BYTES_MAX) {
      throw refused(
          "the link '%s' has a text of %d bytes, the limit is %d"
              .formatted(walk.getPathString(), text.getSize(), LINK_BYTES_MAX));
    }
    return text.getBytes(LINK_BYTES_MAX);
  }

  private void file(TreeWalk walk, Path target) throws IOException {
    ObjectLoader content = walk.getObjectReader().open(walk.getObjectId(0), Constants.OBJ_BLOB);
    written.file(content.getSize());
    var metadata = new CheckoutMetadata(walk.getEolStreamType(OperationType.CHECKOUT_OP), null);
    try (OutputStream out =
        new BufferedOutputStream(Files.newOutputStream(target, StandardOpenOption.CREATE_NEW))) {
      DirCacheCheckout.getContent(
          repository,
          walk.getPathString(),
          metadata,
          content,
          repository.getConfig().get(WorkingTreeOptions.KEY),
          out);
    }
  }

  private void directory(TreeWalk walk, Path target) throws IOException {
    written.directory(directoriesAbove + walk.getDepth() + 1);
    Files.createDirectory(target);
  }

  private void submodule(TreeWalk walk, RevCommit commit, Path target)
      throws IOException, InterruptedException {
    String name = moduleName(commit, walk.getPathString());
    Path git = name == null ? null : modules.resolve(name).normalize();
    if (git == null
        || !git.startsWith(modules)
        || git.equals(modules)
        || depth >= SUBMODULES_DEEP_MAX
        || !Files.exists(git.resolve(Constants.HEAD))) {
      return;
    }
    try (Repository inner = new FileRepositoryBuilder().setGitDir(git.toFile()).setBare().build();
        RevWalk commits = new RevWalk(inner)) {
      if (inner.getObjectDatabase().has(walk.getObjectId(0))) {
        int above = directoriesAbove + walk.getDepth() + 1;
        var writer = new TreeWriter(inner, git.resolve("modules"), written, depth + 1, above);
        RevCommit own = commits.parseCommit(walk.getObjectId(0));
        writer.write(own, own.getTree(), target);
      }
    }
  }

  private @Nullable String moduleName(RevCommit commit, String path) throws IOException {
    try (TreeWalk found =
        TreeWalk.forPath(repository, Constants.DOT_GIT_MODULES, commit.getTree())) {
      if (found == null) {
        return null;
      }
      var config = new BlobBasedConfig(null, repository, found.getObjectId(0));
      for (String name : config.getSubsections("submodule")) {
        if (path.equals(config.getString("submodule", name, "path"))) {
          return name;
        }
      }
      return null;
    } catch (ConfigInvalidException unreadable) {
      return null;
    }
  }
}
