package dev.stepbox.engine.scm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.EngineException;
import dev.stepbox.engine.ErrorCode;
import dev.stepbox.engine.SourceRequest;
import dev.stepbox.layercache.RawPaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.eclipse.jgit.errors.AmbiguousObjectException;
import org.eclipse.jgit.errors.RevisionSyntaxException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.jspecify.annotations.Nullable;

/** A commit of a repository on this machine, which is only read. */
final class CommitTree {

  private final GitDirectory git;
  private final Path directory;
  private final String revision;

  private CommitTree(GitDirectory git, Path directory, String revision) {
    this.git = git;
    this.directory = directory;
    this.revision = revision;
  }

  /**
   * The commit of a request.
   *
   * @throws EngineException {@link ErrorCode#SOURCE_UNAVAILABLE} when there is no repository
   */
  static CommitTree of(SourceRequest.Commit request) {
    try {
      GitDirectory git =
          GitDirectory.enclosing(request.directory())
              .orElseThrow(() ->
                  Failures.unavailable(
                      "take commit '%s'".formatted(request.revision()),
                      "'%s' is in no git repository".formatted(request.directory()),
                      "Leave --commit out to take the directory as it stands."));
      return new CommitTree(git, request.directory(), request.revision());
    } catch (IOException e) {
      throw DiskFailures.of("look for a repository at", request.directory(), e);
    }
  }

  private String tried() {
    return "take commit '%s' of '%s'".formatted(revision, git.workTree());
  }

  private Repository open() throws IOException {
    return new FileRepositoryBuilder()
        .setGitDir(git.own().toFile())
        .setGitCommonDir(git.common().toFile())
        .setMustExist(true)
        .build();
  }

  /** Id and branch of the commit; fails when there is none. */
  SourceTrees.Origin origin() {
    try (Repository repository = open();
        RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = resolve(repository, walk);
      return new SourceTrees.Origin(commit.name(), branch(repository, commit));
    } catch (IOException e) {
      throw Failures.unavailable(tried(), e, "'git fsck' may tell more.");
    }
  }

  private RevCommit resolve(Repository repository, RevWalk walk) throws IOException {
    try {
      ObjectId id = repository.resolve(revision + "^{commit}");
      if (id != null) {
        return walk.parseCommit(id);
      }
    } catch (AmbiguousObjectException e) {
      throw Failures.unavailable(tried(), "the id is short of one meaning", "Write more of it.");
    } catch (RevisionSyntaxException e) {
      throw Failures.unavailable(
          tried(), "this is not how a commit is written", "Give a branch, a tag or an id.");
    }
    throw Failures.unavailable(
        tried(), "the repository has no such commit", "'git log' lists them; perhaps fetch first.");
  }

  /** The branch that was named, or the one that is checked out if it is at this commit. */
  private @Nullable String branch(Repository repository, RevCommit commit) throws IOException {
    if (!revision.equals(Constants.HEAD)
        && repository.exactRef(Constants.R_HEADS + revision) != null) {
      return revision;
    }
    Ref head = repository.exactRef(Constants.HEAD);
    if (head == null || !head.isSymbolic() || !commit.getId().equals(head.getObjectId())) {
      return null;
    }
    return Repository.shortenRefName(head.getTarget().getName());
  }

  /** Write the tree of the commit, of it the part below the directory. */
  SourceTrees.Taken write(Path into) throws InterruptedException {
    try (Repository repository = open();
        RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = resolve(repository, walk);
      var written = new Written(Written.LIMITS);
      new TreeWriter(repository, git.common().resolve("modules"), written)
          .write(commit, part(repository, commit), into);
      return new SourceTrees.Taken(
          new SourceTrees.Origin(commit.name(), branch(repository, commit)),
          written.files(),
          written.bytes());
    } catch (IOException e) {
      throw Failures.unavailable(tried(), e, "'git fsck' may tell more.");
    }
  }

  private ObjectId part(Repository repository, RevCommit commit) throws IOException {
    String path = RawPaths.raw(git.workTree().relativize(directory));
    if (path.isEmpty()) {
      return commit.getTree();
    }
    try (TreeWalk found =
        TreeWalk.forPath(
            repository, new String(path.getBytes(ISO_8859_1), UTF_8), commit.getTree())) {
      if (found == null || !FileMode.TREE.equals(found.getRawMode(0))) {
        throw Failures.unavailable(
            tried(),
            "it has no directory '%s'".formatted(path),
            "Take another commit, or leave --commit out.");
      }
      return found.getObjectId(0);
    }
  }

  /** Whether a name in a tree may become a name in a directory. */
  static boolean isSafe(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && !name.toLowerCase(Locale.ROOT).equals(".git")
        && name.indexOf('/') < 0
        && name.indexOf('\0') < 0;
  }
}
