package dev.stepbox.pipeline.expression;

/** Something that an expression asks the build for. */
public sealed interface Identifier {
  /** The branch being built, empty if there is none: {@code branch}. */
  record Branch() implements Identifier {
    @Override
    public String toString() {
      return "branch";
    }
  }

  /** An environment variable, empty if it is not set: {@code env.NAME}. */
  record Variable(String name) implements Identifier {
    @Override
    public String toString() {
      return "env." + name;
    }
  }

  /** A parameter: {@code params.NAME}. */
  record Parameter(String name) implements Identifier {
    @Override
    public String toString() {
      return "params." + name;
    }
  }
}
