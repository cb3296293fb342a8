package dev.stepbox.pipeline.model;

import dev.stepbox.pipeline.diagnostic.SourceRange;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** One command or built-in action of a stage. */
public sealed interface Step {
  SourceRange range();

  /** The display name that the author gave, if any. */
  @Nullable String name();

  /** What a person reads in a list of steps: the given name, else what the step does. */
  default String title() {
    String name = name();
    return name != null ? name : StepTitle.of(this);
  }

  /** A script in its own sandbox. Absent components are inherited from the stage. */
  record Shell(
      String script,
      Interpreter interpreter,
      @Nullable String name,
      @Nullable ImageRef image,
      Caps caps,
      @Nullable Duration timeout,
      SequencedMap<String, String> environment,
      List<String> cache,
      NetworkMode network,
      Terminal terminal,
      Nesting nesting,
      SourceRange range)
      implements Step {
    public Shell {
      if (script.isBlank()) {
        throw new IllegalArgumentException("a shell step needs a script");
      }
      if (timeout != null && !timeout.isPositive()) {
        throw new IllegalArgumentException("a timeout must be more than 0, got " + timeout);
      }
      environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
      cache = List.copyOf(cache);
    }

    public static Builder builder(String script, SourceRange range) {
      return new Builder(script, range);
    }

    /** Collects the parts of a shell step; everything but the script has a default. */
    public static final class Builder {
      private final String script;
      private final SourceRange range;
      private Interpreter interpreter = Interpreter.SH;
      private @Nullable String name;
      private @Nullable ImageRef image;
      private Caps caps = Caps.INHERITED;
      private @Nullable Duration timeout;
      private SequencedMap<String, String> environment = new LinkedHashMap<>();
      private List<String> cache = List.of();
      private NetworkMode network = NetworkMode.BUILD;
      private Terminal terminal = Terminal.PIPE;
      private Nesting nesting = Nesting.NONE;

      private Builder(String script, SourceRange range) {
        this.script = script;
        this.range = range;
      }

      public Builder interpreter(Interpreter value) {
        interpreter = value;
        return this;
      }

      public Builder name(@Nullable String value) {
        name = value;
        return this;
      }

      public Builder image(@Nullable ImageRef value) {
        image = value;
        return this;
      }

      public Builder caps(Caps value) {
        caps = value;
        return this;
      }

      public Builder timeout(@Nullable Duration value) {
        timeout = value;
        return this;
      }

      public Builder environment(SequencedMap<String, String> value) {
        environment = value;
        return this;
      }

      public Builder cache(List<String> value) {
        cache = value;
        return this;
      }

      public Builder network(NetworkMode value) {
        network = value;
        return this;
      }

      public Builder terminal(Terminal value) {
        terminal = value;
        return this;
      }

      public Builder nesting(Nesting value) {
        nesting = value;
        return this;
      }

      public Shell build() {
        return new Shell(
            script,
            interpreter,
            name,
            image,
            caps,
            timeout,
            environment,
            cache,
            network,
            terminal,
            nesting,
            range);
      }
    }
  }

  /** Puts a source tree into the workspace. */
  record Checkout(CheckoutSource source, @Nullable String name, SourceRange range)
      implements Step {}

  /** Keeps files of the workspace with the build. */
  record Archive(FileSelection files, @Nullable String name, SourceRange range) implements Step {}

  /** Keeps files of the workspace for an {@link Unstash} in another stage of the same build. */
  record Stash(String stash, FileSelection files, @Nullable String name, SourceRange range)
      implements Step {}

  /** Brings the files of a {@link Stash} into the workspace. */
  record Unstash(String stash, @Nullable String name, SourceRange range) implements Step {}

  /** Which program runs a script without a {@code #!} line. */
  enum Interpreter {
    /** {@code /bin/sh -e}. */
    SH,
    /** {@code bash -e -o pipefail}. */
    BASH
  }

  /** What standard output of a step is. */
  enum Terminal {
    /** A pipe. */
    PIPE,
    /** A pseudo-terminal, for programs that want one. */
    TTY
  }

  /** Whether a step may make user namespaces, and containers in them, itself. */
  enum Nesting {
    /** It may not. */
    NONE,
    /** It may, if the operator allows it. */
    ALLOWED
  }
}
