package dev.stepbox.agent.protocol;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a step does. */
public sealed interface Action {
  /**
   * Run a script in a fresh sandbox.
   *
   * @param script run as it is; a first line {@code #!…} names its own interpreter
   * @param image another root file system for this step alone, on the same workspace; null for the
   *     stage's
   * @param caps already merged with the stage's
   * @param timeout from the start of the process; null for none
   * @param caches directories kept between builds, absolute or {@code ~/…} for the step user's home
   */
  record Shell(
      String script,
      Interpreter interpreter,
      @Nullable RootImage image,
      Caps caps,
      @Nullable Duration timeout,
      List<String> caches,
      NetworkMode network,
      Terminal terminal,
      Nesting nesting)
      implements Action {
    public Shell {
      if (timeout != null && !timeout.isPositive()) {
        throw new IllegalArgumentException("timeout must be positive: " + timeout);
      }
      caches = List.copyOf(caches);
    }
  }

  /**
   * Put a source tree into the workspace: as its lowest layer while the workspace is empty and
   * untouched, else as a copy over what is there.
   */
  record Checkout(Source source) implements Action {}

  /**
   * A checkout whose source tree could not be taken: the step ends with an error.
   *
   * @param because what was tried, what went wrong and what to do
   */
  record SourceMissing(String because) implements Action {
    public SourceMissing {
      Names.requireText("reason", because);
    }
  }

  /**
   * Copy files of the workspace to the build's artifacts.
   *
   * @param includes Ant-like globs relative to the workspace, at least one
   * @param excludes globs of files to leave out
   */
  record Archive(List<String> includes, List<String> excludes, WhenEmpty whenEmpty)
      implements Action {
    public Archive {
      includes = requireSome("archive", includes);
      excludes = List.copyOf(excludes);
    }
  }

  /**
   * Keep files of the workspace under a name for other stages of the build; an older stash of the
   * name is replaced.
   *
   * @param name path-safe
   */
  record Stash(String name, List<String> includes, List<String> excludes, WhenEmpty whenEmpty)
      implements Action {
    public Stash {
      Names.requirePathSafe("stash name", name);
      includes = requireSome("stash", includes);
      excludes = List.copyOf(excludes);
    }
  }

  /** Copy the files of a stash into the workspace; fails if the build has no stash of the name. */
  record Unstash(String name) implements Action {
    public Unstash {
      Names.requirePathSafe("stash name", name);
    }
  }

  /** What archive and stash do when no file matches. */
  enum WhenEmpty {
    /** The step fails. */
    FAIL,
    /** The step succeeds, with an announcement. */
    ALLOW
  }

  private static List<String> requireSome(String what, List<String> globs) {
    if (globs.isEmpty()) {
      throw new IllegalArgumentException(what + " needs at least one glob");
    }
    return List.copyOf(globs);
  }
}
