package dev.stepbox.engine.scm;

import dev.stepbox.engine.DiskFailures;
import dev.stepbox.engine.SourceRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Source trees from directories and git repositories. A directory as it stands is taken without a
 * library; JGit is loaded for commits and other repositories only.
 */
public final class GitSourceTrees implements SourceTrees {

  private final InstantSource clock;

  public GitSourceTrees(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public Origin look(SourceRequest request) {
    requireDirectory(request.directory());
    return switch (request) {
      case SourceRequest.WorkingTree tree -> new Origin(null, branch(tree.directory()));
      case SourceRequest.Commit commit -> {
        QuietSystemReader.install(clock);
        yield CommitTree.of(commit).origin();
      }
    };
  }

  private static @Nullable String branch(Path directory) {
    try {
      GitDirectory git = GitDirectory.enclosing(directory).orElse(null);
      return git == null ? null : git.branch();
    } catch (IOException e) {
      throw DiskFailures.of("read the branch of", directory, e);
    }
  }

  private static void requireDirectory(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw Failures.unavailable(
          "build '%s'".formatted(directory), "there is no such directory", "Name an existing one.");
    }
  }

  @Override
  public Taken take(SourceOrder order, Path into) throws InterruptedException {
    return switch (order) {
      case SourceOrder.Own own -> take(own.request(), into);
      case SourceOrder.Other other -> {
        QuietSystemReader.install(clock);
        yield RemoteTree.take(other, into);
      }
    };
  }

  private Taken take(SourceRequest request, Path into) throws InterruptedException {
    requireDirectory(request.directory());
    return switch (request) {
      case SourceRequest.WorkingTree tree -> {
        TreeSnapshot.Size size = TreeSnapshot.copy(tree.directory(), into);
        yield new Taken(look(request), size.files(), size.bytes());
      }
      case SourceRequest.Commit commit -> {
        QuietSystemReader.install(clock);
        yield CommitTree.of(commit).write(into);
      }
    };
  }
}
