package dev.stepbox.pipeline.expand;

/** Whether a stage runs; decided before the build starts. */
public sealed interface Decision {
  /** It runs when its needs are met. */
  record Run() implements Decision {}

  /**
   * It is skipped, which counts as met for the stages that need it.
   *
   * @param predicate the condition that did not hold, as a person would say it, for example {@code
   *     branch matches 'main'}
   * @param seen what was found instead, for example {@code branch is 'feature/x'}
   */
  record Skip(String predicate, String seen) implements Decision {}
}
