package dev.stepbox.engine.scm;

import dev.stepbox.engine.SourceRequest;
import dev.stepbox.pipeline.model.CheckoutSource;
import java.nio.file.Path;

/** A source tree to be taken. Equal orders of one build are taken once. */
public sealed interface SourceOrder {

  /** What it is, for people; names the order in the build's journal. */
  String describe();

  /** The tree that the build was asked for. */
  record Own(SourceRequest request) implements SourceOrder {
    @Override
    public String describe() {
      return switch (request) {
        case SourceRequest.WorkingTree tree -> "directory " + tree.directory();
        case SourceRequest.Commit commit ->
            "commit %s of %s".formatted(commit.revision(), commit.directory());
      };
    }
  }

  /**
   * Another repository.
   *
   * @param directory that a relative path in the url starts from
   * @param reach where it may lie if it is on this machine, and its submodules
   */
  record Other(CheckoutSource.Repository repository, Path directory, Reach reach)
      implements SourceOrder {
    @Override
    public String describe() {
      var text = new StringBuilder("repository ").append(Urls.withoutPassword(repository.url()));
      if (repository.revision() != null) {
        text.append(" at ").append(repository.revision());
      }
      if (repository.depth() != null) {
        text.append(", depth ").append(repository.depth());
      }
      switch (repository.submodules()) {
        case SKIP -> {}
        case RECURSIVE -> text.append(", with submodules");
      }
      return text.toString();
    }
  }
}
